select zone_id, name_zh, name_en, purpose, geometry, buffer_m::double precision as buffer_m, farm_id, valid_from, valid_until,
    source, version
from zone order by zone_id
