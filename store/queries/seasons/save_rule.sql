insert into season_rule (rule_id, name_zh, gears, except_gears, lat_from_deg, lat_until_deg, closed_from, closed_until,
    source, version)
values (%(rule_id)s, %(name_zh)s, %(gears)s, %(except_gears)s, %(lat_from_deg)s, %(lat_until_deg)s, %(closed_from)s,
    %(closed_until)s, %(source)s, %(version)s)
on conflict (rule_id) do update set name_zh = excluded.name_zh, gears = excluded.gears,
    except_gears = excluded.except_gears, lat_from_deg = excluded.lat_from_deg, lat_until_deg = excluded.lat_until_deg,
    closed_from = excluded.closed_from, closed_until = excluded.closed_until, source = excluded.source,
    version = excluded.version
