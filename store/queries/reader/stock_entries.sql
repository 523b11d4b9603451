SELECT at, kind, fish_count, mean_weight_g::double precision AS mean_weight_g, NULL::double precision AS feed_kg, '' AS substance,
    '' AS dose, note, entered_by
FROM farm_log
WHERE cage_id = %(cage_id)s AND withdrawn_at IS NULL
    AND kind IN ('stocking', 'harvest', 'transfer_in', 'transfer_out', 'mortality', 'sample')
ORDER BY at
