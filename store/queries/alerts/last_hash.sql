select hash
from alert_event
where alert_id = %(alert_id)s and seq = %(seq)s
