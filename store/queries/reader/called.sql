UPDATE campaign_recipient SET called_at = now(), called_by = %(login)s, call_result = %(result)s
WHERE campaign_id = %(campaign_id)s::uuid AND recipient_id = %(recipient_id)s
