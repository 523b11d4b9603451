select identifier, sender, sent_at, severity, infos
from cap_message
where state = 'active' and status = 'Actual' and (expires_at is null or expires_at > %(at)s::timestamptz)
order by severity desc, sent_at desc
