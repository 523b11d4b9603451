insert into gateway (gateway_id, farm_id, name_zh)
values (%(gateway_id)s, %(farm_id)s, %(name_zh)s)
on conflict (gateway_id) do update set farm_id = excluded.farm_id, name_zh = excluded.name_zh
