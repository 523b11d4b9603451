select distinct on (storm_id, source) storm_id, source, issued_at, kind, name_zh, name_en, points
from storm_track where issued_at >= %(since)s::timestamptz and issued_at <= %(until)s::timestamptz
order by storm_id, source, issued_at desc
