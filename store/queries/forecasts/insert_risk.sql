insert into forecast_risk (run_id, limit_value, below, window_h, probability, expected_hours, worst_at, onset_p10_at, onset_p50_at,
    onset_p90_at, severity)
values (%(run_id)s, %(limit_value)s, %(below)s, %(window_h)s, %(probability)s, %(expected_hours)s, %(worst_at)s,
    %(onset_p10_at)s, %(onset_p50_at)s, %(onset_p90_at)s, %(severity)s)
