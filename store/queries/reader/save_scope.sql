INSERT INTO contact_scope (contact_id, kind, id, level) VALUES (%(contact_id)s, %(kind)s, %(id)s, %(level)s)
ON CONFLICT (contact_id, kind, id) DO UPDATE SET level = excluded.level
