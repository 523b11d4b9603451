insert into forecast_score (run_id, model, lead_h, truth, pinball, crps, covered80, error)
select run_id, model, lead_h, truth, pinball, crps, inside <> 0, error
from unnest(%(run_id)s::bigint[], %(model)s::text[], %(lead_h)s::smallint[], %(truth)s::real[], %(pinball)s::real[],
    %(crps)s::real[], %(inside)s::smallint[], %(error)s::real[])
    as score (run_id, model, lead_h, truth, pinball, crps, inside, error)
order by run_id, model, lead_h
on conflict (run_id, model, lead_h) do nothing
