update contact set opted_out_at = %(at)s::timestamptz
where contact_id in (select contact_id from contact_channel where address = %(address)s)
