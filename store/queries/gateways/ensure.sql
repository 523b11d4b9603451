insert into gateway (gateway_id)
select t.gateway_id from unnest(%(gateway_ids)s::text[]) as t (gateway_id) order by 1
on conflict do nothing
