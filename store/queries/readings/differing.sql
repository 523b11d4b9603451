-- Which of these readings stand in the table with another value or flag: row numbers from 0.
select (t.row_no - 1)::int as row_no, r.value is not distinct from nullif(t.value, 'NaN') as same_value
from unnest(%(observed_at)s::timestamptz[], %(series_id)s::int[], %(value)s::real[], %(qc)s::smallint[])
    with ordinality as t (observed_at, series_id, value, qc, row_no)
    join reading r on r.series_id = t.series_id and r.observed_at = t.observed_at
where r.observed_at between %(first_at)s::timestamptz and %(last_at)s::timestamptz
    and (r.value is distinct from nullif(t.value, 'NaN') or r.qc <> t.qc)
