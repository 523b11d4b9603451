select series_id, observed_at, value, qc
from reading
where series_id = any(%(series_ids)s::int[])
    and observed_at >= %(since)s::timestamptz and observed_at < %(until)s::timestamptz
order by series_id, observed_at
