select r.run_id, f.place_id, f.farm_id, f.point, f.quantity, f.issued_at, f.origin_at, r.limit_value, r.below, r.window_h,
    r.probability, r.expected_hours, r.worst_at, r.onset_p10_at, r.onset_p50_at, r.onset_p90_at, r.severity, r.happened, r.onset_at, r.warned, r.ongoing
from forecast_risk r join forecast_run f using (run_id)
where r.run_id = any(%(run_ids)s::bigint[])
order by f.place_id, f.quantity, f.point, r.below, r.window_h, r.limit_value
