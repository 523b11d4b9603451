SELECT boat_id, name_zh, mmsi::bigint AS mmsi, call_sign, certificate_no, registration_until, inspection_no, inspection_until, permit_no, permit_until, port, gear,
    vessel_type, length_m, power_kw, wind_class_bft, hs_limit_m, min_crew, max_persons, beidou_id, group_name, owner, exempt_kind
FROM vessel_register
WHERE valid_until IS NULL AND (name_zh LIKE %(like)s OR upper(name_pinyin) LIKE upper(%(like)s) OR mmsi::text LIKE %(like)s OR permit_no LIKE %(like)s)
ORDER BY name_zh
LIMIT 50
