select f.place_id, f.point, f.quantity, f.origin_at, r.limit_value, r.below, r.window_h, r.probability, r.happened, r.onset_at,
    r.onset_p50_at
from forecast_risk r join forecast_run f using (run_id)
where f.origin_at >= %(since)s::timestamptz and r.happened is not null
    and (%(place_id)s::text is null or f.place_id = %(place_id)s)
    and (%(quantity)s::text is null or f.quantity = %(quantity)s)
order by f.origin_at
