insert into rollup_dirty (bucket_at, series_id)
select t.bucket_at, t.series_id
from unnest(%(bucket_at)s::timestamptz[], %(series_id)s::int[]) as t (bucket_at, series_id)
