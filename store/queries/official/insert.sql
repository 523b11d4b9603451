insert into cap_message (
    sender, identifier, sent_at, msg_type, status, scope, state, refs, infos, severity, event, expires_at, source, xml,
    received_at
) values (
    %(sender)s, %(identifier)s, %(sent_at)s::timestamptz, %(msg_type)s, %(status)s, %(scope)s, %(state)s, %(refs)s,
    %(infos)s, %(severity)s::smallint, %(event)s, %(expires_at)s::timestamptz, %(source)s, %(xml)s,
    %(received_at)s::timestamptz
)
on conflict (sender, identifier, sent_at) do nothing
