select series_id, bucket_at, n, n_good, value_min, value_max, value_avg
from reading_hourly
where series_id = any(%(series_ids)s::int[])
    and bucket_at >= %(since)s::timestamptz and bucket_at < %(until)s::timestamptz
order by series_id, bucket_at
