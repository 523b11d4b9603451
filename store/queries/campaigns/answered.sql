update campaign_recipient set answered_at = %(at)s::timestamptz
where message_id = %(message_id)s::uuid and answered_at is null
