SELECT grid_run_id, source, init_at, received_at, file_name, sha256, notice_zh, notice_en
FROM grid_run
WHERE init_at BETWEEN %(since)s::timestamptz AND %(until)s::timestamptz
ORDER BY init_at DESC, source
LIMIT 6
