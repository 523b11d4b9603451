select f.place_id, f.point, f.quantity, s.model, s.lead_h, count(*)::int as cases, avg(s.pinball)::float8 as pinball,
    avg(case when s.covered80 then 1.0 when not s.covered80 then 0.0 end)::float8 as coverage80, avg(s.error)::float8 as bias
from forecast_score s join forecast_run f using (run_id)
where f.origin_at >= %(since)s::timestamptz
    and (%(place_id)s::text is null or f.place_id = %(place_id)s)
    and (%(quantity)s::text is null or f.quantity = %(quantity)s)
group by f.place_id, f.point, f.quantity, s.model, s.lead_h
order by f.place_id, f.quantity, f.point, s.model, s.lead_h
