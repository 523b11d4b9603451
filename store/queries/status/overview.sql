SELECT
    (SELECT max(observed_at) FROM series_latest) AS newest_reading_at,
    (SELECT max(observed_at) FROM target_latest) AS newest_position_at,
    (SELECT count(*) FROM target_latest WHERE observed_at > %(at)s::timestamptz - interval '30 minutes') AS live_targets,
    (SELECT count(*) FROM quarantine WHERE received_at > %(at)s::timestamptz - interval '24 hours') AS quarantined_24h,
    (SELECT coalesce(sum(n), 0)::bigint FROM gateway_gap
     WHERE received_at > %(at)s::timestamptz - interval '24 hours') AS given_up_24h,
    (SELECT count(*) FROM alert WHERE handling NOT IN ('pending', 'closed', 'retracted', 'expired', 'merged')) AS open_alerts,
    (SELECT count(*) FROM message_outbox WHERE state = 'queued') + (SELECT count(*) FROM message_outbox WHERE state = 'leased')
        + (SELECT count(*) FROM message_outbox WHERE state = 'failed') AS messages_waiting,
    (SELECT count(*) FROM message_outbox WHERE state = 'dead') AS messages_dead,
    pg_database_size(current_database()) AS database_bytes,
    current_setting('server_version') AS server_version
