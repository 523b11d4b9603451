SELECT group_id, array_agg(g.mmsi::bigint ORDER BY g.mmsi) AS mmsis,
    array_agg(coalesce((SELECT r.name_zh FROM vessel_register r WHERE r.mmsi = g.mmsi AND r.valid_until IS NULL LIMIT 1), g.mmsi::text)
              ORDER BY g.mmsi) AS boats,
    min(valid_from) AS valid_from, max(valid_until) AS valid_until, max(made_by) AS made_by
FROM temporary_group g
WHERE valid_until > %(at)s::timestamptz
GROUP BY group_id
ORDER BY max(valid_until)
