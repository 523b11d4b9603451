SELECT person_id, login, name_zh, locale, must_change, roles, kind FROM access_me()
