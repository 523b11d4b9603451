SELECT s.cage_id, s.point, s.quantity, s.depth_m, r.observed_at, r.value, r.qc
FROM series AS s
JOIN reading AS r USING (series_id)
WHERE s.quantity = ANY (%(quantities)s)
    AND r.observed_at >= %(since)s::timestamptz
    AND r.observed_at <= %(until)s::timestamptz
ORDER BY s.cage_id, s.point, s.quantity, r.observed_at
