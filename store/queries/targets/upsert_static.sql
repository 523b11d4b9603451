insert into target_static as s
    (mmsi, digest, part, name, call_sign, imo, ship_type, to_bow_m, to_stern_m, to_port_m, to_starboard_m, draught_m,
    destination, eta, vendor, parent_mmsi, first_seen_at, last_seen_at)
values (%(mmsi)s, decode(%(digest)s, 'hex'), %(part)s, %(name)s, %(call_sign)s, %(imo)s, %(ship_type)s, %(to_bow_m)s,
    %(to_stern_m)s, %(to_port_m)s, %(to_starboard_m)s, %(draught_m)s, %(destination)s, %(eta)s, %(vendor)s,
    %(parent_mmsi)s, %(observed_at)s, %(observed_at)s)
on conflict (mmsi, digest) do update
set first_seen_at = least(s.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at),
    n = s.n + case when excluded.last_seen_at > s.last_seen_at then 1 else 0 end
