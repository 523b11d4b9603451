insert into message_outbox (
    message_id, campaign_id, contact_id, contact_name, kind, address, language, text, fields, rule, notice, priority,
    group_key, segments, drill, life_safety, farm_id, district_id, created_at, due_at, expires_at
) values (
    %(message_id)s::uuid, %(campaign_id)s::uuid, %(contact_id)s, %(contact_name)s, %(kind)s, %(address)s, %(language)s,
    %(text)s, %(fields)s, %(rule)s, %(notice)s, %(priority)s::smallint, %(group_key)s, %(segments)s::smallint,
    %(drill)s, %(life_safety)s, %(farm_id)s, %(district_id)s, now(), %(due_at)s::timestamptz,
    %(expires_at)s::timestamptz
)
on conflict (message_id) do nothing
