insert into reading (observed_at, series_id, value, qc)
select t.observed_at, t.series_id, nullif(t.value, 'NaN'), t.qc
from unnest(%(observed_at)s::timestamptz[], %(series_id)s::int[], %(value)s::real[], %(qc)s::smallint[])
    as t (observed_at, series_id, value, qc)
order by t.series_id, t.observed_at
on conflict do nothing
