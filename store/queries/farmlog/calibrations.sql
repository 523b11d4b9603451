SELECT cage_id, point, quantity, at, kind, reference_value, reading_value, gain, offset_value, by_person, note
FROM calibration
ORDER BY at
