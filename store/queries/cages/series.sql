SELECT cage_id, point, quantity, depth_m
FROM series
WHERE quantity = ANY (%(quantities)s)
