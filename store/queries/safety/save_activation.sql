insert into distress_activation (device, started_at, last_at, is_test, messages, first_lat_deg, first_lon_deg,
    first_fix_at, last_lat_deg, last_lon_deg, last_fix_at, raw, announced)
values (%(device)s, %(started_at)s, %(last_at)s, %(is_test)s, %(messages)s, %(first_lat_deg)s, %(first_lon_deg)s,
    %(first_fix_at)s, %(last_lat_deg)s, %(last_lon_deg)s, %(last_fix_at)s, %(raw)s, %(announced)s)
on conflict (device, started_at) do update set
    last_at = greatest(distress_activation.last_at, excluded.last_at), is_test = excluded.is_test,
    messages = greatest(distress_activation.messages, excluded.messages),
    first_lat_deg = excluded.first_lat_deg, first_lon_deg = excluded.first_lon_deg, first_fix_at = excluded.first_fix_at,
    last_lat_deg = excluded.last_lat_deg, last_lon_deg = excluded.last_lon_deg, last_fix_at = excluded.last_fix_at,
    announced = distress_activation.announced or excluded.announced
