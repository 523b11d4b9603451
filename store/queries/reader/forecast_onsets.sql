select o.place_id, coalesce(c.name_zh, o.place_id) as name_zh, coalesce(nullif(c.name_en, ''), c.name_zh, o.place_id) as name_en,
    o.point, o.quantity, o.severity, o.onset_at, o.limit_value, o.warned_at, o.forecasts, o.warned
from forecast_onset o left join cage c on c.cage_id = o.place_id
where o.onset_at >= %(since)s::timestamptz and (%(place_id)s::text is null or o.place_id = %(place_id)s)
order by o.onset_at desc limit %(limit)s
