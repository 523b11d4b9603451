SELECT cage_id, coalesce(farm_id, '') AS farm_id, kind, name_zh, name_en, lat_deg, lon_deg
FROM cage
ORDER BY cage_id
