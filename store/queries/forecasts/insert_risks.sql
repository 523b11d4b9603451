-- Times come as hours after the origin; NaN stands for none.
insert into forecast_risk (run_id, limit_value, below, window_h, probability, expected_hours, worst_at, onset_p10_at, onset_p50_at,
    onset_p90_at, severity)
select run_id, limit_value, below <> 0, window_h, probability, expected_hours, origin_at + worst_h * interval '1 hour',
    origin_at + nullif(onset_p10_h, 'NaN') * interval '1 hour', origin_at + nullif(onset_p50_h, 'NaN') * interval '1 hour',
    origin_at + nullif(onset_p90_h, 'NaN') * interval '1 hour', nullif(severity, 0)
from unnest(%(run_id)s::bigint[], %(origin_at)s::timestamptz[], %(limit_value)s::real[], %(below)s::smallint[],
    %(window_h)s::smallint[], %(probability)s::real[], %(expected_hours)s::real[], %(worst_h)s::real[], %(onset_p10_h)s::real[],
    %(onset_p50_h)s::real[], %(onset_p90_h)s::real[], %(severity)s::smallint[])
    as risk (run_id, origin_at, limit_value, below, window_h, probability, expected_hours, worst_h, onset_p10_h, onset_p50_h,
        onset_p90_h, severity)
