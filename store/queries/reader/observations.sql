SELECT r.observed_at, r.value, r.qc
FROM scope_reading r
WHERE r.series_id = %(series_id)s AND r.observed_at >= %(since)s::timestamptz AND r.observed_at < %(until)s::timestamptz
ORDER BY r.observed_at DESC
LIMIT %(limit)s OFFSET %(skip)s
