-- Onsets come as hours after the origin; NaN stands for none.
update forecast_risk r
set happened = s.happened <> 0, warned = s.warned <> 0, ongoing = s.ongoing <> 0,
    onset_at = s.origin_at + nullif(s.onset_h, 'NaN') * interval '1 hour'
from unnest(%(run_id)s::bigint[], %(limit_value)s::real[], %(below)s::smallint[], %(window_h)s::smallint[],
    %(happened)s::smallint[], %(warned)s::smallint[], %(ongoing)s::smallint[], %(onset_h)s::real[], %(origin_at)s::timestamptz[])
    as s (run_id, limit_value, below, window_h, happened, warned, ongoing, onset_h, origin_at)
where r.run_id = s.run_id and r.limit_value = s.limit_value and r.below = (s.below <> 0) and r.window_h = s.window_h
