select gateway_id, kind, name, observed_at, detail
from gateway_health
where gateway_id = %(gateway_id)s::text and kind = %(kind)s::text
    and observed_at >= %(since)s::timestamptz and observed_at < %(until)s::timestamptz
order by name, observed_at
