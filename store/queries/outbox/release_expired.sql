-- Batches whose sender is gone go back to the queue. It sent them in order, with at most lease_window unanswered: only
-- the first unmarked ones can have been sent, and they are marked as possible repeats.
with gone as (
    select message_id, row_number() over (partition by lease_no order by lease_rank) <= lease_window as in_the_air
    from message_outbox
    where state = 'leased' and lease_until < %(at)s::timestamptz
)
update message_outbox as message set
    state = 'queued',
    possible_repeat = message.possible_repeat or gone.in_the_air,
    due_at = case when gone.in_the_air then %(at)s::timestamptz + make_interval(secs => %(wait_s)s) else message.due_at end,
    lease_no = null,
    lease_rank = null,
    lease_window = null,
    lease_until = null,
    worker = null
from gone
where message.message_id = gone.message_id and message.state = 'leased' and message.lease_until < %(at)s::timestamptz
returning message.message_id::text, message.possible_repeat
