INSERT INTO calibration (cage_id, farm_id, point, quantity, at, kind, reference_value, reading_value, gain, offset_value, by_person, note)
SELECT c.cage_id, c.farm_id, %(point)s, %(quantity)s, %(at)s::timestamptz, %(kind)s, %(reference_value)s::real, %(reading_value)s::real,
    %(gain)s::real, %(offset_value)s::real, %(by_person)s, %(note)s
FROM cage AS c
WHERE c.cage_id = %(cage_id)s
