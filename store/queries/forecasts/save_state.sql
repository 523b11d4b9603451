insert into forecast_state (place_id, point, quantity, fitted_at, version, state)
values (%(place_id)s, %(point)s, %(quantity)s, %(fitted_at)s, %(version)s, %(state)s)
on conflict (place_id, point, quantity) do update
set fitted_at = excluded.fitted_at, version = excluded.version, state = excluded.state
