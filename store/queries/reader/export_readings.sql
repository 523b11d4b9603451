SELECT r.observed_at, s.cage_id, s.point, s.quantity, s.depth_m, r.value, r.qc
FROM scope_reading r
JOIN series s USING (series_id)
JOIN cage c USING (cage_id)
WHERE c.farm_id = %(farm_id)s AND r.observed_at >= %(since)s::timestamptz AND r.observed_at < %(until)s::timestamptz
ORDER BY s.cage_id, s.point, s.quantity, r.observed_at
LIMIT %(limit)s
