update zone set valid_until = greatest(%(at)s::timestamptz, coalesce(valid_from, '-infinity') + interval '1 microsecond'),
    updated_at = now()
where zone_id = %(zone_id)s
