SELECT cage_id, at, kind, fish_count, mean_weight_g, feed_kg, substance, dose, note
FROM farm_log
WHERE withdrawn_at IS NULL AND at <= %(until)s::timestamptz AND (%(cages)s::text[] IS NULL OR cage_id = ANY (%(cages)s::text[]))
ORDER BY at, entry_id
