select l.series_id, s.cage_id, c.farm_id, s.point, s.quantity, s.unit, s.depth_m, l.observed_at, l.value, l.qc,
    l.received_at, l.clock
from series_latest l join series s using (series_id) join cage c using (cage_id)
where (%(cage_ids)s::text[] is null or s.cage_id = any(%(cage_ids)s::text[]))
    and (%(farm_ids)s::text[] is null or c.farm_id = any(%(farm_ids)s::text[]))
order by s.cage_id, s.point, s.quantity
