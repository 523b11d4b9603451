update campaign set ended_at = %(at)s::timestamptz
where campaign_id = %(campaign_id)s::uuid and ended_at is null
