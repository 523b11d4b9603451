-- Buckets of whole hours from the roll-up: same columns as chart_raw, a hundred times less to read.
select date_bin(%(stride)s::interval, bucket_at, '2000-01-03 00:00+00'::timestamptz) as bucket_at,
    sum(n)::int as n,
    sum(n_good)::int as n_good,
    min(value_min) as value_min,
    max(value_max) as value_max,
    sum(value_avg * n_good) / nullif(sum(n_good), 0) as value_avg
from reading_hourly
where series_id = %(series_id)s::int
    and bucket_at >= %(since)s::timestamptz and bucket_at < %(until)s::timestamptz
group by 1
order by 1
