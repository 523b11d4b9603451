insert into forecast_run (place_id, farm_id, point, quantity, issued_at, origin_at, horizon_h, model, model_version, status,
    notice_zh, notice_en, weights, shadow)
select place_id, nullif(farm_id, ''), point, quantity, issued_at, origin_at, horizon_h, model, model_version, status, notice_zh,
    notice_en, weights::jsonb, shadow::jsonb
from unnest(%(place_id)s::text[], %(farm_id)s::text[], %(point)s::text[], %(quantity)s::text[], %(issued_at)s::timestamptz[],
    %(origin_at)s::timestamptz[], %(horizon_h)s::smallint[], %(model)s::text[], %(model_version)s::text[], %(status)s::text[],
    %(notice_zh)s::text[], %(notice_en)s::text[], %(weights)s::text[], %(shadow)s::text[])
    as run (place_id, farm_id, point, quantity, issued_at, origin_at, horizon_h, model, model_version, status, notice_zh,
        notice_en, weights, shadow)
order by place_id, point, quantity
on conflict (place_id, point, quantity, issued_at) do nothing
returning run_id, place_id, point, quantity
