DELETE FROM contact_channel WHERE contact_id = %(contact_id)s AND kind = 'sms'
