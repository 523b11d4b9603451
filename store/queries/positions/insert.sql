insert into position (observed_at, mmsi, lat, lon, sog, cog, heading, rot, nav_status, source)
select t.observed_at, t.mmsi, t.lat, t.lon, t.sog, t.cog, t.heading, t.rot, t.nav_status, t.source
from unnest(%(observed_at)s::timestamptz[], %(mmsi)s::int[], %(lat)s::int[], %(lon)s::int[], %(sog)s::smallint[],
    %(cog)s::smallint[], %(heading)s::smallint[], %(rot)s::smallint[], %(nav_status)s::smallint[],
    %(source)s::smallint[])
    as t (observed_at, mmsi, lat, lon, sog, cog, heading, rot, nav_status, source)
order by t.mmsi, t.observed_at
on conflict do nothing
