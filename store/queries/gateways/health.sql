select gateway_id, kind, name, observed_at, received_at, detail
from gateway_health_latest
where (%(gateway_id)s::text is null or gateway_id = %(gateway_id)s::text)
    and (%(kind)s::text is null or kind = %(kind)s::text)
order by gateway_id, kind, name
