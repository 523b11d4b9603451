select
    event.alert_id::text, event.seq, event.at, event.actor, event.actor_name, event.step, event.from_handling,
    event.to_handling, event.note, event.detail, event.prev_hash, event.hash
from alert_event as event
join alert using (alert_id)
where alert.chain_no between %(first)s and %(last)s
order by alert.chain_no, event.seq
