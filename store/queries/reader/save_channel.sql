INSERT INTO contact_channel (contact_id, kind, address) VALUES (%(contact_id)s, 'sms', %(address)s)
