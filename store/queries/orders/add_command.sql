insert into gateway_order (order_id, gateway_id, kind, name, value, ordered_by, expires_at)
select coalesce(%(order_id)s::text, gen_random_uuid()::text), %(gateway_id)s::text, 'command', %(name)s::text, %(value)s::int,
    %(by)s::text, now() + make_interval(secs => %(valid_s)s::float8)
returning order_id
