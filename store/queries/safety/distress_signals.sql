-- Every message since a time that may be distress: beacons' positions, status 14, safety texts, radar SART dots.
select mmsi::text as device, observed_at, lat / 600000.0::double precision as lat_deg,
    lon / 600000.0::double precision as lon_deg, nullif(nav_status, -1)::integer as nav_status, '' as text
from position
where observed_at > %(since)s::timestamptz
    and (mmsi between 970000000 and 970999999 or mmsi between 972000000 and 972999999
        or mmsi between 974000000 and 974999999)
union all
select mmsi::text, observed_at, lat / 600000.0::double precision, lon / 600000.0::double precision, nav_status::integer, ''
from target_latest
where observed_at > %(since)s::timestamptz and nav_status = 14
    and not (mmsi between 970000000 and 970999999 or mmsi between 972000000 and 972999999
        or mmsi between 974000000 and 974999999)
union all
select mmsi::text, observed_at, null, null, null, text from safety_text where observed_at > %(since)s::timestamptz
union all
select 'radar:' || track, observed_at, lat_deg, lon_deg, null, '' from radar_sart
where observed_at > %(since)s::timestamptz
order by 2
