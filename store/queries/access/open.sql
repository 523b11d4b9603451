SELECT access_open(%(person_id)s, %(token_sha256)s, %(kind)s, %(lasts_s)s, %(idle_s)s, %(agent)s, %(address)s, %(label)s)
