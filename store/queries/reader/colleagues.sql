SELECT login, name_zh FROM access_colleagues()
