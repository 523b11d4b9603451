select state, count(*)::int as n
from message_outbox
where created_at > %(since)s::timestamptz
group by state
