WITH newest AS (
    SELECT DISTINCT ON (r.place_id, r.point, r.quantity) r.run_id, r.place_id, r.point, r.quantity, r.issued_at, r.status, r.notice_zh, r.notice_en
    FROM forecast_run r
    WHERE r.issued_at >= %(since)s::timestamptz AND (%(place_id)s::text IS NULL OR r.place_id = %(place_id)s)
    ORDER BY r.place_id, r.point, r.quantity, r.issued_at DESC
)
SELECT n.place_id, n.point, n.quantity, n.issued_at, k.limit_value, k.below, k.window_h, k.probability, k.expected_hours, k.worst_at,
    k.onset_p10_at, k.onset_p50_at, k.onset_p90_at, k.severity
FROM newest n JOIN forecast_risk k USING (run_id)
ORDER BY n.place_id, n.point, n.quantity, k.limit_value, k.window_h
