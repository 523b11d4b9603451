SELECT s.series_id, s.cage_id, s.point, s.quantity, s.unit, s.depth_m, l.observed_at,
    coalesce(c.gain * l.value + c.offset_value, l.value)::real AS value, l.qc, l.received_at, l.clock
FROM series_latest l
JOIN series s USING (series_id)
LEFT JOIN calibration_span c ON c.series_id = l.series_id AND l.observed_at >= c.since AND l.observed_at < c.until
WHERE %(cage_id)s::text IS NULL OR s.cage_id = %(cage_id)s
ORDER BY s.cage_id, s.point, s.quantity
