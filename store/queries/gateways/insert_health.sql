insert into gateway_health (gateway_id, observed_at, kind, name, detail)
values (%(gateway_id)s, %(observed_at)s, %(kind)s, %(name)s, %(detail)s)
on conflict do nothing
