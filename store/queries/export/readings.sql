-- Raw readings of some farms and cages in a time span, with where they were measured.
select s.cage_id, s.point, s.quantity, r.observed_at, r.value, r.qc
from series s join cage c using (cage_id) join reading r using (series_id)
where r.observed_at >= %(since)s::timestamptz and r.observed_at < %(until)s::timestamptz
    and (%(farm_ids)s::text[] is null or c.farm_id = any(%(farm_ids)s::text[]))
    and (%(cage_ids)s::text[] is null or s.cage_id = any(%(cage_ids)s::text[]))
    and (%(quantities)s::text[] is null or s.quantity = any(%(quantities)s::text[]))
order by s.cage_id, s.point, r.observed_at, s.quantity
