SELECT s.cage_id, s.point, s.quantity, s.depth_m, r.observed_at,
    coalesce(c.gain * r.value + c.offset_value, r.value) AS value, r.qc
FROM series AS s
JOIN reading AS r USING (series_id)
LEFT JOIN calibration_span AS c ON c.series_id = r.series_id AND r.observed_at >= c.since AND r.observed_at < c.until
WHERE s.quantity = ANY (%(quantities)s)
    AND r.observed_at >= %(since)s::timestamptz
    AND r.observed_at <= %(until)s::timestamptz
ORDER BY s.cage_id, s.point, s.quantity, r.observed_at
