update forecast_risk set happened = %(happened)s, onset_at = %(onset_at)s
where run_id = %(run_id)s and limit_value = %(limit_value)s and below = %(below)s and window_h = %(window_h)s
