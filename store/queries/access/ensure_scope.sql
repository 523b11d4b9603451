INSERT INTO person_scope (person_id, kind, id) VALUES (%(person_id)s, %(kind)s, %(id)s) ON CONFLICT DO NOTHING
