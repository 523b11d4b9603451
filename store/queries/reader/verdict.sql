SELECT v.target_id, v.mmsi::bigint AS mmsi, v.class AS target_class, v.probability, v.limbs, v.reasons_zh, v.reasons_en, v.boat_id, v.rule_version,
    v.first_seen_at, v.last_seen_at, v.judged_at
FROM target_verdict v
WHERE v.mmsi = %(mmsi)s
ORDER BY v.target_id
