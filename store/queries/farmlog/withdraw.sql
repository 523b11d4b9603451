UPDATE farm_log SET withdrawn_at = %(at)s::timestamptz, withdrawn_by = %(by)s
WHERE entry_id = %(entry_id)s AND withdrawn_at IS NULL
