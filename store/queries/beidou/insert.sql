insert into beidou_fix (beidou_id, observed_at, lat_deg, lon_deg, received_at)
select f.beidou_id, f.observed_at, f.lat_deg, f.lon_deg, %(received_at)s::timestamptz
from unnest(%(beidou_id)s::text[], %(observed_at)s::timestamptz[], %(lat_deg)s::double precision[],
    %(lon_deg)s::double precision[]) as f (beidou_id, observed_at, lat_deg, lon_deg)
on conflict do nothing
