DELETE FROM person_scope WHERE person_id = %(person_id)s AND kind = %(kind)s AND id = %(id)s
