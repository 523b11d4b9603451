insert into forecast_onset as kept (place_id, point, quantity, severity, onset_at, farm_id, limit_value, warned_at, forecasts, warned)
values (%(place_id)s, %(point)s, %(quantity)s, %(severity)s, %(onset_at)s, %(farm_id)s, %(limit_value)s, %(warned_at)s,
    %(forecasts)s, %(warned)s)
on conflict (place_id, point, quantity, severity, onset_at) do update
set warned_at = least(kept.warned_at, excluded.warned_at), forecasts = kept.forecasts + excluded.forecasts,
    warned = kept.warned + excluded.warned, limit_value = excluded.limit_value, farm_id = excluded.farm_id
