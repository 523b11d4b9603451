update campaign_order set done_at = %(at)s::timestamptz, outcome = %(outcome)s where order_id = %(order_id)s::uuid and done_at is null
