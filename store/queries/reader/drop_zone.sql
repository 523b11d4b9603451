DELETE FROM zone WHERE zone_id = %(zone_id)s
