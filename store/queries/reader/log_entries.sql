SELECT at, kind, fish_count, mean_weight_g, feed_kg, substance, dose, note, entered_by
FROM farm_log
WHERE cage_id = %(cage_id)s AND withdrawn_at IS NULL
ORDER BY at DESC
LIMIT 30
