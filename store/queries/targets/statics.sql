select mmsi, part, name, call_sign, imo, ship_type, to_bow_m, to_stern_m, to_port_m, to_starboard_m, draught_m,
    destination, eta, vendor, parent_mmsi, first_seen_at, last_seen_at, n
from target_static
where (%(mmsis)s::int[] is null or mmsi = any(%(mmsis)s::int[]))
    and last_seen_at >= %(since)s::timestamptz
order by mmsi, first_seen_at, part
