SELECT h.series_id, date_bin(make_interval(secs => %(stride_s)s), h.bucket_at, '2000-01-03 00:00+00') AS at,
    min(coalesce(c.gain * h.value_min + c.offset_value, h.value_min)) AS low,
    max(coalesce(c.gain * h.value_max + c.offset_value, h.value_max)) AS high,
    sum(coalesce(c.gain * h.value_avg + c.offset_value, h.value_avg) * h.n_good) / nullif(sum(h.n_good), 0) AS mean
FROM scope_reading_hourly h
LEFT JOIN calibration_span c ON c.series_id = h.series_id AND h.bucket_at >= c.since AND h.bucket_at < c.until
WHERE h.series_id = ANY (%(series)s::integer[]) AND h.bucket_at >= %(since)s::timestamptz AND h.bucket_at < %(until)s::timestamptz
GROUP BY 1, 2
ORDER BY 1, 2
