-- The first final answer stands: a repeat is answered with how the first one ended.
update gateway_order
set state = %(state)s, reason = %(reason)s, answered_at = %(at)s::timestamptz
where gateway_id = %(gateway_id)s and state in ('waiting', 'sent', 'trial', 'expired')
    and (order_id = %(order_id)s::text or (kind = 'config' and version = %(version)s::bigint))
