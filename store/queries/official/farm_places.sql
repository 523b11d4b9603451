select farm_id as id, lat_deg, lon_deg
from farm
where district_id = %(district_id)s
