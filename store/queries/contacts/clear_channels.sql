delete from contact_channel
where contact_id = %(contact_id)s
