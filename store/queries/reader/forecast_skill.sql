-- Season 0 winter (December to February), 1 spring, 2 summer, 3 autumn; every place together, or each, or one; lead 0 for all together.
select case when %(by_place)s then place_id else '' end as place_id, quantity, model,
    case when %(by_lead)s then lead_h else 0 end as lead_h,
    (extract(month from day)::int %% 12) / 3 as season, sum(cases)::int as cases, sum(pinball)::float8 as pinball,
    sum(crps)::float8 as crps, sum(inside)::int as inside, sum(error)::float8 as error, sum(absolute)::float8 as absolute
from forecast_skill
where day >= %(since)s::date and (%(place_id)s::text is null or place_id = %(place_id)s)
group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
