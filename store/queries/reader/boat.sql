SELECT boat_id, name_zh, mmsi::bigint AS mmsi, call_sign, certificate_no, registration_until, inspection_no, inspection_until, permit_no, permit_until, port, gear,
    vessel_type, length_m, power_kw, wind_class_bft, hs_limit_m, min_crew, max_persons, beidou_id, group_name, owner, exempt_kind
FROM vessel_register
WHERE valid_until IS NULL AND (mmsi = %(mmsi)s OR %(mmsi)s = ANY (extra_mmsi))
ORDER BY boat_id
LIMIT 20
