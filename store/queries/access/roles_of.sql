SELECT array(SELECT role FROM person_role WHERE person_id = %(person_id)s ORDER BY role)
