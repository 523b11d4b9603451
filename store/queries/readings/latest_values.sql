-- Newest values of some series, figures only: for polling screens that know their series.
select series_id, observed_at, value, qc
from series_latest
where series_id = any(%(series_ids)s::int[])
