insert into quarantine as q (received_at, last_at, gateway_id, topic, seq, reason, raw)
values (%(received_at)s, %(received_at)s, %(gateway_id)s, %(topic)s, %(seq)s, %(reason)s, %(raw)s)
on conflict (digest, (coalesce(gateway_id, '')), (coalesce(seq, -1))) do update
set n = q.n + 1, last_at = greatest(q.last_at, excluded.last_at)
