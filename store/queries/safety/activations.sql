select distinct on (device) device, started_at, last_at, is_test, messages, first_lat_deg, first_lon_deg, first_fix_at,
    last_lat_deg, last_lon_deg, last_fix_at, raw, announced
from distress_activation
where last_at > %(since)s::timestamptz
order by device, started_at desc
