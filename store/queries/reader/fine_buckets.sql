SELECT r.series_id, date_bin(make_interval(secs => %(stride_s)s), r.observed_at, '2000-01-03 00:00+00') AS at,
    min(coalesce(c.gain * r.value + c.offset_value, r.value)) AS low,
    max(coalesce(c.gain * r.value + c.offset_value, r.value)) AS high,
    avg(coalesce(c.gain * r.value + c.offset_value, r.value)) AS mean
FROM scope_reading r
LEFT JOIN calibration_span c ON c.series_id = r.series_id AND r.observed_at >= c.since AND r.observed_at < c.until
WHERE r.series_id = ANY (%(series)s::integer[]) AND r.observed_at >= %(since)s::timestamptz AND r.observed_at < %(until)s::timestamptz
    AND r.qc IN (1, 2) AND r.value IS NOT NULL
GROUP BY 1, 2
ORDER BY 1, 2
