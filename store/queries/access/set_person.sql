UPDATE person SET active = %(active)s, name_zh = %(name_zh)s, phone = %(phone)s WHERE person_id = %(person_id)s
