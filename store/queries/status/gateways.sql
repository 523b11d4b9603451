SELECT g.gateway_id, g.state, g.last_batch_at, g.clock, h.detail
FROM gateway AS g
LEFT JOIN gateway_health_latest AS h ON h.gateway_id = g.gateway_id AND h.kind = 'gateway' AND h.name = ''
ORDER BY g.gateway_id
