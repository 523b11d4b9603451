select
    sender, identifier, sent_at, msg_type, status, scope, state, severity, event, expires_at, source, xml, received_at,
    relayed_at
from cap_message
where relayed_at is null
    and status in ('Actual', 'Exercise')
    and (state = 'active' or msg_type = 'Cancel')
    and (expires_at is null or expires_at > %(at)s::timestamptz)
    and received_at > %(at)s::timestamptz - interval '1 day'
order by severity desc, sent_at
