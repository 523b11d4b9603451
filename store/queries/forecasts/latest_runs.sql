select distinct on (place_id, quantity, point) run_id, place_id, farm_id, point, quantity, issued_at, origin_at, horizon_h, model, model_version, status, notice_zh, notice_en, weights, shadow
from forecast_run
where issued_at >= %(since)s::timestamptz and issued_at <= %(until)s::timestamptz
    and (%(place_ids)s::text[] is null or place_id = any(%(place_ids)s))
    and (%(quantity)s::text is null or quantity = %(quantity)s)
order by place_id, quantity, point, issued_at desc
