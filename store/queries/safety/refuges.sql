select cage_id as id, coalesce(nullif(c.name_zh, ''), cage_id) as name_zh, coalesce(nullif(c.name_en, ''), cage_id) as name_en,
    c.lat_deg, c.lon_deg
from cage c
where c.lat_deg is not null and c.lon_deg is not null
order by cage_id
