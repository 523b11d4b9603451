select
    sender, identifier, sent_at, msg_type, status, scope, state, severity, event, expires_at, source, xml, received_at,
    relayed_at
from cap_message
where state = 'active' and (expires_at is null or expires_at > %(at)s::timestamptz)
order by severity desc, sent_at desc
