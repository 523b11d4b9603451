-- Buckets of any width from raw readings; empty buckets are absent, so gaps stay visible.
select date_bin(%(stride)s::interval, observed_at, '2000-01-03 00:00+00'::timestamptz) as bucket_at,
    count(*)::int as n,
    (count(*) filter (where qc in (1, 2)))::int as n_good,
    min(value) filter (where qc in (1, 2)) as value_min,
    max(value) filter (where qc in (1, 2)) as value_max,
    avg(value::double precision) filter (where qc in (1, 2)) as value_avg
from reading
where series_id = %(series_id)s::int
    and observed_at >= %(since)s::timestamptz and observed_at < %(until)s::timestamptz
group by 1
order by 1
