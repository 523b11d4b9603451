SELECT k.mmsi::bigint AS mmsi, k.at, k.by_login, k.reached, k.note,
    (SELECT r.name_zh FROM vessel_register r WHERE r.mmsi = k.mmsi AND r.valid_until IS NULL LIMIT 1) AS name_zh
FROM contact_check k
WHERE k.at >= %(since)s::timestamptz
ORDER BY k.at DESC
LIMIT 100
