INSERT INTO person (login, name_zh, password_hash, password_at, phone)
VALUES (%(login)s, %(name_zh)s, %(password_hash)s, now(), %(phone)s)
ON CONFLICT (login) DO UPDATE SET name_zh = excluded.name_zh
RETURNING person_id
