update cap_message set relayed_at = %(at)s::timestamptz
where sender = %(sender)s and identifier = %(identifier)s and sent_at = %(sent_at)s::timestamptz
