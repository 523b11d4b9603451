update forecast_run set scored_until = %(at)s where run_id = %(run_id)s
