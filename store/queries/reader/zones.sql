SELECT zone_id, name_zh, name_en, purpose, geometry, buffer_m, farm_id, valid_from, valid_until, source, version
FROM zone
ORDER BY zone_id
