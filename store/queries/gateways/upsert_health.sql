insert into gateway_health_latest as l (gateway_id, kind, name, observed_at, received_at, detail)
values (%(gateway_id)s, %(kind)s, %(name)s, %(observed_at)s, %(received_at)s, %(detail)s)
on conflict (gateway_id, kind, name) do update
set observed_at = excluded.observed_at, received_at = excluded.received_at, detail = excluded.detail
where l.observed_at < excluded.observed_at
