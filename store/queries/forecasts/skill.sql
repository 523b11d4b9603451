select place_id, point, quantity, model, lead_h, sum(cases)::int as cases, sum(pinball) / sum(cases) as pinball,
    sum(crps) / sum(cases) as crps, sum(inside)::float8 / sum(cases) as coverage80, sum(error) / sum(cases) as bias
from forecast_skill
where day >= %(since)s::date
    and (%(place_id)s::text is null or place_id = %(place_id)s)
    and (%(quantity)s::text is null or quantity = %(quantity)s)
group by place_id, point, quantity, model, lead_h
order by place_id, quantity, point, model, lead_h
