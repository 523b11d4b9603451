SELECT c.cage_id, c.farm_id, c.kind, coalesce(nullif(c.name_zh, ''), c.cage_id) AS name_zh,
    coalesce(nullif(c.name_en, ''), c.cage_id) AS name_en, c.lat_deg, c.lon_deg
FROM cage c
WHERE c.farm_id IS NOT NULL
ORDER BY c.cage_id
