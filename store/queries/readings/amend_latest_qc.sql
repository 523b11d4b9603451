update series_latest l set qc = t.qc
from unnest(%(observed_at)s::timestamptz[], %(series_id)s::int[], %(qc)s::smallint[]) as t (observed_at, series_id, qc)
where l.series_id = t.series_id and l.observed_at = t.observed_at and l.qc <> t.qc and (l.qc = 9) = (t.qc = 9)
