SELECT s.series_id, s.cage_id, s.point, s.quantity, s.unit, s.depth_m, l.observed_at, l.value, l.qc, l.received_at, l.clock
FROM series_latest l
JOIN series s USING (series_id)
WHERE %(cage_id)s::text IS NULL OR s.cage_id = %(cage_id)s
ORDER BY s.cage_id, s.point, s.quantity
