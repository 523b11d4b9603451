SELECT access_second_used(%(person_id)s, %(step)s)
