select
    alert_id::text, key, rule, rule_version, subject_kind, subject_id, subject_name, severity, condition, handling,
    first_active_at, last_active_at, observed_at, raised_at, cleared_at, closed_at, pending_since, clear_since,
    valid_from, valid_until, lat_deg, lon_deg, probability, reason_zh, reason_en, advice_zh, advice_en, values,
    evidence, farm_id, district_id, assignee, assignee_name, told_severity, told_at, told_clear, escalation_level,
    escalate_at, inhibited_by, shelved_until, shelve_reason, disposal, recognition, merged_into::text, drill,
    version
from alert
where handling not in ('pending', 'closed', 'retracted', 'expired', 'merged')
order by severity desc, raised_at desc
