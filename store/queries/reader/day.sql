SELECT coalesce(nullif(c.name_zh, ''), c.cage_id) AS cage_zh, coalesce(nullif(c.name_en, ''), c.cage_id) AS cage_en, s.quantity, s.point,
    min(h.value_min) AS low, max(h.value_max) AS high, sum(h.value_avg * h.n_good) / nullif(sum(h.n_good), 0) AS mean,
    100.0 * sum(h.n_good) / sum(h.n) AS good_pct
FROM scope_reading_hourly h
JOIN series s USING (series_id)
JOIN cage c USING (cage_id)
WHERE c.farm_id = ANY (%(farms)s::text[]) AND h.bucket_at >= %(since)s::timestamptz AND h.bucket_at < %(until)s::timestamptz
    AND s.quantity = ANY (%(quantities)s::text[])
GROUP BY c.cage_id, s.quantity, s.point
ORDER BY c.cage_id, s.quantity, s.point
