insert into target_verdict (target_id, mmsi, class, probability, limbs, reasons_zh, reasons_en, evidence, facts, boat_id,
    boat_version, rule_version, first_seen_at, last_seen_at, judged_at, lat_deg, lon_deg)
values (%(target_id)s, %(mmsi)s, %(class)s, %(probability)s, %(limbs)s, %(reasons_zh)s::text[], %(reasons_en)s::text[],
    %(evidence)s, %(facts)s, %(boat_id)s, %(boat_version)s, %(rule_version)s, %(first_seen_at)s::timestamptz,
    %(last_seen_at)s::timestamptz, %(judged_at)s::timestamptz, %(lat_deg)s, %(lon_deg)s)
on conflict (target_id) do update set mmsi = excluded.mmsi, class = excluded.class, probability = excluded.probability,
    limbs = excluded.limbs, reasons_zh = excluded.reasons_zh, reasons_en = excluded.reasons_en,
    evidence = excluded.evidence, facts = excluded.facts, boat_id = excluded.boat_id, boat_version = excluded.boat_version,
    rule_version = excluded.rule_version, first_seen_at = least(target_verdict.first_seen_at, excluded.first_seen_at),
    last_seen_at = excluded.last_seen_at, judged_at = excluded.judged_at, lat_deg = coalesce(excluded.lat_deg, target_verdict.lat_deg),
    lon_deg = coalesce(excluded.lon_deg, target_verdict.lon_deg)
where target_verdict.judged_at <= excluded.judged_at
