SELECT a.alert_id::text AS alert_id, a.key, a.rule, a.subject_kind, a.subject_id, a.subject_name, a.severity, a.condition, a.handling,
    a.raised_at, a.observed_at, a.cleared_at, a.closed_at, a.valid_from, a.valid_until, a.lat_deg, a.lon_deg, a.probability,
    a.reason_zh, a.reason_en, a.advice_zh, a.advice_en, a.values, a.farm_id, a.district_id, a.assignee, a.assignee_name,
    a.shelved_until, a.shelve_reason, a.recognition, a.drill, a.version
FROM alert a
WHERE a.handling NOT IN ('pending', 'closed', 'retracted', 'expired', 'merged')
    AND (%(since)s::timestamptz IS NULL OR a.raised_at >= %(since)s)
    AND (%(subject_id)s::text IS NULL OR a.subject_id = %(subject_id)s)
ORDER BY a.severity DESC, a.raised_at DESC
LIMIT %(limit)s
