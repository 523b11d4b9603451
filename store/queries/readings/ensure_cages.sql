insert into cage (cage_id, farm_id)
select wanted.cage_id, (select farm_id from gateway where gateway_id = %(gateway_id)s::text)
from (select distinct unnest(%(cage_ids)s::text[]) as cage_id) as wanted
order by wanted.cage_id
on conflict do nothing
