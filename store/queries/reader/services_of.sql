SELECT point, quantity, at, kind, gain::double precision AS gain, offset_value::double precision AS offset_value, by_person, note
FROM calibration
WHERE cage_id = %(cage_id)s
ORDER BY at DESC
LIMIT 50
