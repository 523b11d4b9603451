select h.series_id, h.bucket_at, h.n, h.n_good,
    coalesce(c.gain * h.value_min + c.offset_value, h.value_min) as value_min,
    coalesce(c.gain * h.value_max + c.offset_value, h.value_max) as value_max,
    coalesce(c.gain * h.value_avg + c.offset_value, h.value_avg) as value_avg
from reading_hourly h
left join calibration_span c on c.series_id = h.series_id and h.bucket_at >= c.since and h.bucket_at < c.until
where h.series_id = any(%(series_ids)s::int[])
    and h.bucket_at >= %(since)s::timestamptz and h.bucket_at < %(until)s::timestamptz
order by h.series_id, h.bucket_at
