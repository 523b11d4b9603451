select place_id, point, quantity, decided_at, skill, cases, reason_zh, reason_en
from forecast_demotion where demoted and (%(place_id)s::text is null or place_id = %(place_id)s)
order by place_id, quantity, point
