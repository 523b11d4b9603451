-- Measuring points of some farms and cages.
select distinct s.cage_id, s.point, s.depth_m, coalesce(c.lat_deg, f.lat_deg) as lat_deg,
    coalesce(c.lon_deg, f.lon_deg) as lon_deg
from series s join cage c using (cage_id) left join farm f using (farm_id)
where (%(farm_ids)s::text[] is null or c.farm_id = any(%(farm_ids)s::text[]))
    and (%(cage_ids)s::text[] is null or s.cage_id = any(%(cage_ids)s::text[]))
order by s.cage_id, s.point
