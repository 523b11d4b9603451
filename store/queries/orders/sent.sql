update gateway_order set state = %(state)s, sent_at = %(at)s::timestamptz, reason = %(reason)s
where order_id = %(order_id)s and state = 'waiting'
