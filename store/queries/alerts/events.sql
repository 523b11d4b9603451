select
    alert_id::text, seq, at, actor, actor_name, step, from_handling, to_handling, note, detail, prev_hash, hash
from alert_event
where alert_id = %(alert_id)s
order by seq
