SELECT access_idle(%(idle_s)s)
