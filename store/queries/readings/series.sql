select s.series_id, s.cage_id, c.farm_id, s.point, s.quantity, s.unit, s.depth_m
from series s join cage c using (cage_id)
where (%(cage_ids)s::text[] is null or s.cage_id = any(%(cage_ids)s::text[]))
    and (%(quantities)s::text[] is null or s.quantity = any(%(quantities)s::text[]))
order by s.cage_id, s.point, s.quantity
