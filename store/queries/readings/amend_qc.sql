update reading r set qc = t.qc
from unnest(%(observed_at)s::timestamptz[], %(series_id)s::int[], %(qc)s::smallint[]) as t (observed_at, series_id, qc)
where r.series_id = t.series_id and r.observed_at = t.observed_at
    and r.observed_at between %(first_at)s::timestamptz and %(last_at)s::timestamptz
    and r.qc <> t.qc and (r.qc = 9) = (t.qc = 9)
