update detection set target_id = %(target_id)s, matched_mmsi = %(matched_mmsi)s
where detection_id = %(detection_id)s and (target_id, matched_mmsi) is distinct from (%(target_id)s, %(matched_mmsi)s::int)
