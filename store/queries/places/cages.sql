select c.cage_id, c.farm_id, f.district_id, c.kind, c.name_zh, c.name_en, c.lat_deg, c.lon_deg
from cage c left join farm f using (farm_id)
where (%(farm_ids)s::text[] is null or c.farm_id = any(%(farm_ids)s::text[]))
order by c.cage_id
