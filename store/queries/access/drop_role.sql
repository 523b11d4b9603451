DELETE FROM person_role WHERE person_id = %(person_id)s AND role = %(role)s
