-- How many messages each address was sent since, for limits per number.
select address, count(*)::int as n, min(sent_at) as first_at
from message_outbox
where address = any(%(addresses)s) and sent_at > %(since)s::timestamptz and provider = %(provider)s
group by address
