with picked as (
    select message_id, priority, due_at
    from message_outbox
    where state = 'queued' and due_at <= %(at)s::timestamptz and kind = any(%(kinds)s)
    order by priority, due_at
    limit %(limit)s
    for update skip locked
),
lease as (
    select nextval('message_lease_no') as no
),
ranked as (
    select message_id, row_number() over (order by priority, due_at, message_id) as place
    from picked
)
update message_outbox as message set
    state = 'leased',
    lease_no = lease.no,
    lease_rank = ranked.place,
    lease_window = %(window)s,
    lease_until = %(lease_until)s::timestamptz,
    worker = %(worker)s,
    attempts = message.attempts + 1
from ranked, lease
where message.message_id = ranked.message_id
returning
    message.message_id::text, message.lease_no, message.lease_rank, message.contact_id, message.contact_name,
    message.kind, message.address, message.language, message.text, message.fields, message.rule, message.notice,
    message.priority, message.segments, message.drill, message.life_safety, message.attempts, message.possible_repeat,
    message.expires_at, message.due_at, message.tried, message.campaign_id::text
