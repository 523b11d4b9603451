SELECT (SELECT max(l.received_at) FROM series_latest l) AS readings_at,
    (SELECT max(t.received_at) FROM target_latest t) AS targets_at,
    (SELECT count(*) FROM service_heartbeat)::integer AS services,
    (SELECT array_agg(h.name ORDER BY h.name) FROM service_heartbeat h
     WHERE h.beat_at < now() - make_interval(secs => %(silent_s)s)) AS silent
