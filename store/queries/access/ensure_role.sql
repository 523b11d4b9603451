INSERT INTO person_role (person_id, role) VALUES (%(person_id)s, %(role)s) ON CONFLICT DO NOTHING
