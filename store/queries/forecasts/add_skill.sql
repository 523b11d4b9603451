insert into forecast_skill as kept (place_id, point, quantity, model, lead_h, day, farm_id, cases, pinball, crps, inside, error,
    absolute)
values (%(place_id)s, %(point)s, %(quantity)s, %(model)s, %(lead_h)s, %(day)s, %(farm_id)s, %(cases)s, %(pinball)s, %(crps)s,
    %(inside)s, %(error)s, %(absolute)s)
on conflict (place_id, point, quantity, model, lead_h, day) do update
set cases = kept.cases + excluded.cases, pinball = kept.pinball + excluded.pinball, crps = kept.crps + excluded.crps,
    inside = kept.inside + excluded.inside, error = kept.error + excluded.error, absolute = kept.absolute + excluded.absolute,
    farm_id = excluded.farm_id
