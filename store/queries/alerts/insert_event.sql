insert into alert_event (
    alert_id, seq, at, actor, actor_name, step, from_handling, to_handling, note, detail, prev_hash, hash
) values (
    %(alert_id)s, %(seq)s, %(at)s, %(actor)s, %(actor_name)s, %(step)s, %(from_handling)s, %(to_handling)s,
    %(note)s, %(detail)s, %(prev_hash)s, %(hash)s
)
