insert into gateway_seq (gateway_id, block)
select t.gateway_id, t.block from unnest(%(gateway_id)s::text[], %(block)s::bigint[]) as t (gateway_id, block)
order by t.gateway_id, t.block
on conflict do nothing
