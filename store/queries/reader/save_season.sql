INSERT INTO season_rule (rule_id, name_zh, gears, lat_from_deg, lat_until_deg, closed_from, closed_until, source, version)
VALUES (%(rule_id)s, %(name_zh)s, %(gears)s::text[], %(lat_from_deg)s, %(lat_until_deg)s, %(closed_from)s::timestamptz, %(closed_until)s::timestamptz, %(source)s, %(version)s)
ON CONFLICT (rule_id) DO UPDATE SET name_zh = excluded.name_zh, gears = excluded.gears, lat_from_deg = excluded.lat_from_deg,
    lat_until_deg = excluded.lat_until_deg, closed_from = excluded.closed_from, closed_until = excluded.closed_until,
    source = excluded.source, version = excluded.version
