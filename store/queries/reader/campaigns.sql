SELECT c.campaign_id::text AS campaign_id, c.kind, c.name_zh, c.name_en, c.severity, c.started_at, c.ended_at, c.drill,
    (SELECT count(*) FROM campaign_recipient r WHERE r.campaign_id = c.campaign_id)::integer AS total,
    (SELECT count(*) FROM campaign_recipient r JOIN message_outbox m USING (message_id) WHERE r.campaign_id = c.campaign_id
        AND m.state IN ('sent', 'delivered'))::integer AS told,
    (SELECT count(*) FROM campaign_recipient r WHERE r.campaign_id = c.campaign_id AND r.answered_at IS NOT NULL)::integer AS answered,
    (SELECT count(*) FROM campaign_recipient r WHERE r.campaign_id = c.campaign_id AND r.call_result = 'reached' AND r.answered_at IS NULL)::integer AS called
FROM campaign c
ORDER BY c.ended_at IS NOT NULL, c.started_at DESC
LIMIT 20
