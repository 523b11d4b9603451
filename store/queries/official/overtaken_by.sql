select newer.msg_type
from cap_message as newer
where newer.msg_type in ('Update', 'Cancel')
    and newer.refs @> jsonb_build_array(jsonb_build_object('sender', %(sender)s::text, 'identifier', %(identifier)s::text))
order by newer.sent_at desc
limit 1
