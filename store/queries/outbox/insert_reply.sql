insert into message_reply (provider, address, text, received_at, meaning, message_id, dedup)
values (
    %(provider)s, %(address)s, %(text)s, %(received_at)s::timestamptz, %(meaning)s, %(message_id)s::uuid, %(dedup)s
)
on conflict (dedup) do nothing
