insert into forecast_score (run_id, model, lead_h, truth, pinball, covered80, error)
values (%(run_id)s, %(model)s, %(lead_h)s, %(truth)s, %(pinball)s, %(covered80)s, %(error)s)
on conflict (run_id, model, lead_h) do update
set truth = excluded.truth, pinball = excluded.pinball, covered80 = excluded.covered80, error = excluded.error
