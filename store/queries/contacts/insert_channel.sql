insert into contact_channel (contact_id, kind, address, rank)
values (%(contact_id)s, %(kind)s, %(address)s, %(rank)s)
