SELECT r.recipient_id, r.name_zh, r.mmsi, r.farm_id, r.called_at, r.called_by, r.call_result
FROM campaign_recipient r
WHERE r.campaign_id = %(campaign_id)s::uuid AND r.answered_at IS NULL AND r.call_result <> 'reached'
ORDER BY r.name_zh
LIMIT 500
