select mmsi, reason_zh, reason_en, points::double precision as points, added_by, added_at, until
from watch_list where until is null or until > %(at)s::timestamptz order by mmsi
