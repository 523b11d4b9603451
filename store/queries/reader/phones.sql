SELECT who, role, number FROM access_phone(%(alert_id)s::uuid)
