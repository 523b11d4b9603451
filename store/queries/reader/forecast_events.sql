select quantity, severity, window_h, bin, (extract(month from month)::int %% 12) / 3 as season, sum(cases)::int as cases,
    sum(chance)::float8 as chance, sum(came)::int as came, sum(brier)::float8 as brier, sum(cost)::float8 as cost,
    sum(fresh)::int as fresh, sum(warned)::int as warned, sum(hits)::int as hits, sum(misses)::int as misses
from forecast_event
where month >= date_trunc('month', %(since)s::date) and (%(place_id)s::text is null or place_id = %(place_id)s)
group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
