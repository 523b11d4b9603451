WITH newest AS (
    SELECT DISTINCT ON (r.place_id, r.point, r.quantity) r.run_id, r.place_id, r.point, r.quantity, r.issued_at, r.status, r.notice_zh, r.notice_en
    FROM forecast_run r
    WHERE r.issued_at >= %(since)s::timestamptz AND (%(place_id)s::text IS NULL OR r.place_id = %(place_id)s)
        AND (%(quantity)s::text IS NULL OR r.quantity = %(quantity)s)
    ORDER BY r.place_id, r.point, r.quantity, r.issued_at DESC
)
SELECT n.*, f.valid_at, f.q10, f.q30, f.q50, f.q70, f.q90
FROM newest n JOIN forecast_quantile f USING (run_id)
WHERE f.valid_at >= %(from_at)s::timestamptz AND f.valid_at <= %(until)s::timestamptz
ORDER BY n.place_id, n.point, n.quantity, f.valid_at
