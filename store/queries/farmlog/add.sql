INSERT INTO farm_log (cage_id, farm_id, at, kind, fish_count, mean_weight_g, feed_kg, substance, dose, note, entered_by, source_file)
SELECT c.cage_id, c.farm_id, %(at)s::timestamptz, %(kind)s, %(fish_count)s::int, %(mean_weight_g)s::real, %(feed_kg)s::real,
    %(substance)s, %(dose)s, %(note)s, %(entered_by)s, %(source_file)s
FROM cage AS c
WHERE c.cage_id = %(cage_id)s
ON CONFLICT DO NOTHING
