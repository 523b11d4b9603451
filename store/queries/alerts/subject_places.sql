-- Farm and district of what findings are about: cages and gateways by their farm, farms by themselves.
select wanted.kind, wanted.id, farm.farm_id, farm.district_id
from unnest(%(kinds)s::text[], %(ids)s::text[]) as wanted (kind, id)
left join cage on wanted.kind in ('cage', 'sensor', 'forecast') and cage.cage_id = split_part(wanted.id, '.', 1)
left join gateway on wanted.kind = 'gateway' and gateway.gateway_id = wanted.id
left join farm on farm.farm_id = coalesce(cage.farm_id, gateway.farm_id, wanted.id)
