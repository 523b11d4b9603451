insert into target (mmsi, mmsi_class, first_seen_at)
select t.mmsi, t.mmsi_class, t.first_seen_at
from unnest(%(mmsi)s::int[], %(mmsi_class)s::text[], %(first_seen_at)s::timestamptz[])
    as t (mmsi, mmsi_class, first_seen_at)
order by t.mmsi
on conflict do nothing
