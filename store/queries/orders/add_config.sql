-- One version above what was ordered before and what the gateway runs.
insert into gateway_order (gateway_id, kind, version, body, ordered_by)
select g.gateway_id, 'config', 1 + greatest(
    (select max(o.version) from gateway_order o where o.gateway_id = g.gateway_id), (g.status ->> 'config_version')::bigint, 0
), %(body)s::text, %(by)s::text
from gateway g
where g.gateway_id = %(gateway_id)s::text
returning order_id
