INSERT INTO person (login, name_zh, phone, password_hash, password_at, must_change)
VALUES (%(login)s, %(name_zh)s, %(phone)s, %(password_hash)s, now(), true)
RETURNING person_id
