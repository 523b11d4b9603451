select run_id, place_id, farm_id, point, quantity, issued_at, origin_at, horizon_h, model, model_version, status, notice_zh, notice_en, weights, shadow
from forecast_run
where scored_until is null and origin_at + horizon_h * interval '1 hour' <= %(at)s::timestamptz
order by origin_at limit %(limit)s
