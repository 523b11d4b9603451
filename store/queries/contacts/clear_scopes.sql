delete from contact_scope
where contact_id = %(contact_id)s
