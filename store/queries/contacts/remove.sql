delete from contact
where contact_id = %(contact_id)s
