-- One row a series: its hours as packed binary columns, all in the same order, which is no particular one.
select h.series_id,
    string_agg(timestamptz_send(h.bucket_at), ''::bytea) as bucket_at,
    string_agg(int4send(h.n), ''::bytea) as n,
    string_agg(int4send(h.n_good), ''::bytea) as n_good,
    string_agg(float4send(coalesce(c.gain * h.value_min + c.offset_value, h.value_min, 'NaN')::real), ''::bytea) as value_min,
    string_agg(float4send(coalesce(c.gain * h.value_max + c.offset_value, h.value_max, 'NaN')::real), ''::bytea) as value_max,
    string_agg(float8send(coalesce(c.gain * h.value_avg + c.offset_value, h.value_avg, 'NaN')), ''::bytea) as value_avg
from reading_hourly h
left join calibration_span c on c.series_id = h.series_id and h.bucket_at >= c.since and h.bucket_at < c.until
where h.series_id = any(%(series_ids)s::int[])
    and h.bucket_at >= %(since)s::timestamptz and h.bucket_at < %(until)s::timestamptz
group by h.series_id
