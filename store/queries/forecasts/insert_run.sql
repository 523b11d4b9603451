insert into forecast_run (place_id, farm_id, point, quantity, issued_at, origin_at, horizon_h, model, model_version, status,
    notice_zh, notice_en, weights, shadow)
values (%(place_id)s, %(farm_id)s, %(point)s, %(quantity)s, %(issued_at)s, %(origin_at)s, %(horizon_h)s, %(model)s,
    %(model_version)s, %(status)s, %(notice_zh)s, %(notice_en)s, %(weights)s, %(shadow)s)
on conflict (place_id, point, quantity, issued_at) do nothing
returning run_id
