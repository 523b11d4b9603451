-- Pending alerts that no judge says any more; one from the future was left by a clock that ran ahead.
delete from alert
where handling = 'pending' and (last_active_at < %(before)s::timestamptz or last_active_at > %(after)s::timestamptz)
