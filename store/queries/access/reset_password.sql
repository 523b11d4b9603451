UPDATE person SET password_hash = %(password_hash)s, password_at = now(), must_change = %(must_change)s, failed_count = 0,
    locked_until = NULL
WHERE person_id = %(person_id)s
