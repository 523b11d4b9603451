insert into series (cage_id, point, quantity, unit, depth_m, gateway_id)
select t.cage_id, t.point, t.quantity, t.unit, t.depth_m,
    (select gateway_id from gateway where gateway_id = %(gateway_id)s::text)
from unnest(%(cage_ids)s::text[], %(points)s::text[], %(quantities)s::text[], %(units)s::text[], %(depths_m)s::real[])
    as t (cage_id, point, quantity, unit, depth_m)
order by t.cage_id, t.point, t.quantity
on conflict do nothing
