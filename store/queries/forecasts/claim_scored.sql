update forecast_run set scored_until = %(at)s where run_id = any(%(run_ids)s::bigint[]) and scored_until is null returning run_id
