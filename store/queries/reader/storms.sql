SELECT DISTINCT ON (storm_id) storm_id, source, issued_at, kind, name_zh, name_en, points
FROM storm_track
WHERE issued_at > %(since)s::timestamptz
ORDER BY storm_id, issued_at DESC
