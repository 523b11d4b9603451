update campaign_recipient set
    called_at = %(at)s::timestamptz, called_by = %(by)s, call_result = %(result)s, note = %(note)s
where campaign_id = %(campaign_id)s::uuid and recipient_id = %(recipient_id)s
