with old as (
    delete from forecast_skill where day < %(before)s::date and day <> date_trunc('month', day)::date returning *
)
insert into forecast_skill as kept (place_id, point, quantity, model, lead_h, day, farm_id, cases, pinball, crps, inside, error,
    absolute)
select place_id, point, quantity, model, lead_h, date_trunc('month', day)::date, max(farm_id), sum(cases), sum(pinball), sum(crps),
    sum(inside), sum(error), sum(absolute)
from old
group by place_id, point, quantity, model, lead_h, date_trunc('month', day)::date
on conflict (place_id, point, quantity, model, lead_h, day) do update
set cases = kept.cases + excluded.cases, pinball = kept.pinball + excluded.pinball, crps = kept.crps + excluded.crps,
    inside = kept.inside + excluded.inside, error = kept.error + excluded.error, absolute = kept.absolute + excluded.absolute
