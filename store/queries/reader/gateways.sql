SELECT g.gateway_id, g.farm_id, coalesce(nullif(g.name_zh, ''), g.gateway_id) AS name_zh, g.state, g.state_at, g.status, g.clock, g.last_batch_at,
    coalesce((SELECT sum(p.n) FROM gateway_gap p WHERE p.gateway_id = g.gateway_id AND p.received_at > now() - interval '7 days'), 0)::bigint AS lost_7d,
    coalesce((SELECT jsonb_object_agg(h.kind || CASE WHEN h.name = '' THEN '' ELSE ':' || h.name END,
        h.detail || jsonb_build_object('observed_at', h.observed_at)) FROM gateway_health_latest h WHERE h.gateway_id = g.gateway_id), '{}') AS health
FROM gateway g
ORDER BY g.gateway_id
