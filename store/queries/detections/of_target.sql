select detection_id, observed_at, source, sensor, number, lat_deg, lon_deg, uncertainty_m::double precision,
    length_m::double precision
from detection
where target_id = %(target_id)s and observed_at >= %(since)s::timestamptz and observed_at < %(until)s::timestamptz
order by observed_at, detection_id
