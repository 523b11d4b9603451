insert into target_latest as l
    (observed_at, mmsi, lat, lon, sog, cog, heading, rot, nav_status, source, gateway_id, receiver, received_at)
select t.observed_at, t.mmsi, t.lat, t.lon, t.sog, t.cog, t.heading, t.rot, t.nav_status, t.source,
    nullif(t.gateway_id, ''), t.receiver, %(received_at)s::timestamptz
from unnest(%(observed_at)s::timestamptz[], %(mmsi)s::int[], %(lat)s::int[], %(lon)s::int[], %(sog)s::smallint[],
    %(cog)s::smallint[], %(heading)s::smallint[], %(rot)s::smallint[], %(nav_status)s::smallint[],
    %(source)s::smallint[], %(gateway_id)s::text[], %(receiver)s::text[])
    as t (observed_at, mmsi, lat, lon, sog, cog, heading, rot, nav_status, source, gateway_id, receiver)
order by t.mmsi
on conflict (mmsi) do update
set observed_at = excluded.observed_at, lat = excluded.lat, lon = excluded.lon, sog = excluded.sog,
    cog = excluded.cog, heading = excluded.heading, rot = excluded.rot, nav_status = excluded.nav_status,
    source = excluded.source, gateway_id = excluded.gateway_id, receiver = excluded.receiver,
    received_at = excluded.received_at
where l.observed_at < excluded.observed_at
