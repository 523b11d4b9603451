insert into series_latest as l (series_id, observed_at, value, qc, received_at, clock)
select t.series_id, t.observed_at, nullif(t.value, 'NaN'), t.qc, %(received_at)s::timestamptz, t.clock
from unnest(%(series_id)s::int[], %(observed_at)s::timestamptz[], %(value)s::real[], %(qc)s::smallint[],
    %(clock)s::smallint[]) as t (series_id, observed_at, value, qc, clock)
order by t.series_id
on conflict (series_id) do update
set observed_at = excluded.observed_at, value = excluded.value, qc = excluded.qc,
    received_at = excluded.received_at, clock = excluded.clock
where l.observed_at < excluded.observed_at
