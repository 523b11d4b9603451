SELECT s.series_id, s.cage_id, s.point, s.quantity, s.unit, s.depth_m, c.lat_deg, c.lon_deg, coalesce(nullif(c.name_zh, ''), c.cage_id) AS cage_zh
FROM series s JOIN cage c USING (cage_id)
WHERE %(series_id)s::integer IS NULL OR s.series_id = %(series_id)s
ORDER BY s.series_id
