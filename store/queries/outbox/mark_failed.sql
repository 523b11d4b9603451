update message_outbox set
    state = %(state)s,
    due_at = coalesce(%(due_at)s::timestamptz, due_at),
    last_error = %(error)s,
    tried = case when %(tried)s::text is null then tried else array_append(tried, %(tried)s) end,
    possible_repeat = possible_repeat or %(possible_repeat)s,
    lease_no = null,
    lease_rank = null,
    lease_window = null,
    lease_until = null
where message_id = %(message_id)s::uuid and lease_no = %(lease_no)s
