-- Newest name, type and size of every target whose particulars were heard since a time.
select mmsi,
    (array_agg(name order by last_seen_at desc) filter (where name is not null))[1],
    (array_agg(ship_type order by last_seen_at desc) filter (where ship_type is not null))[1]::integer,
    (array_agg(to_bow_m + to_stern_m order by last_seen_at desc) filter (where to_bow_m + to_stern_m > 0))[1]::double precision,
    (array_agg(to_port_m + to_starboard_m order by last_seen_at desc)
        filter (where to_port_m + to_starboard_m > 0))[1]::double precision
from target_static
where last_seen_at > %(since)s::timestamptz
group by mmsi
