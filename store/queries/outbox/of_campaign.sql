select
    message.message_id::text, message.campaign_id::text, message.contact_id, message.contact_name, message.kind,
    message.address, message.language, message.text, message.rule, message.notice, message.priority, message.segments,
    message.drill, message.state, message.attempts, message.possible_repeat, message.provider, message.created_at,
    message.due_at, message.sent_at, message.delivered_at, message.last_error, message.farm_id, message.district_id
from message_outbox as message
where message.campaign_id = %(campaign_id)s::uuid
order by message.created_at, message.message_id::text
