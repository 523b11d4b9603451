insert into gateway as g (gateway_id, state, state_at, status)
values (%(gateway_id)s, %(state)s, %(at)s, %(status)s)
on conflict (gateway_id) do update
set state = excluded.state, state_at = excluded.state_at, status = excluded.status
where g.state_at is null or g.state_at <= excluded.state_at
