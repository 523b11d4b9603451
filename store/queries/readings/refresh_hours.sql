insert into reading_hourly as h (bucket_at, series_id, n, n_good, value_min, value_max, value_avg)
select t.bucket_at, t.series_id, a.n, a.n_good, a.value_min, a.value_max, a.value_avg
from unnest(%(bucket_at)s::timestamptz[], %(series_id)s::int[]) as t (bucket_at, series_id)
    cross join lateral (
        select count(*)::int as n,
            (count(*) filter (where r.qc in (1, 2)))::int as n_good,
            min(r.value) filter (where r.qc in (1, 2)) as value_min,
            max(r.value) filter (where r.qc in (1, 2)) as value_max,
            avg(r.value::double precision) filter (where r.qc in (1, 2)) as value_avg
        from reading r
        where r.series_id = t.series_id and r.observed_at >= t.bucket_at
            and r.observed_at < t.bucket_at + interval '1 hour'
    ) as a
where a.n > 0
order by t.series_id, t.bucket_at
on conflict (series_id, bucket_at) do update
set n = excluded.n, n_good = excluded.n_good, value_min = excluded.value_min, value_max = excluded.value_max,
    value_avg = excluded.value_avg
