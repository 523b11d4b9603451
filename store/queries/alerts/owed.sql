-- Alerts that a person retracted and whose people, who were told of them, have not been told that.
select
    alert_id::text, key, rule, rule_version, subject_kind, subject_id, subject_name, severity, condition, handling,
    first_active_at, last_active_at, observed_at, raised_at, cleared_at, closed_at, pending_since, clear_since,
    valid_from, valid_until, lat_deg, lon_deg, probability, reason_zh, reason_en, advice_zh, advice_en, values,
    evidence, farm_id, district_id, assignee, assignee_name, told_severity, told_at, told_clear, escalation_level,
    escalate_at, inhibited_by, shelved_until, shelve_reason, disposal, recognition, merged_into::text, drill,
    version
from alert
where handling = 'retracted'
    and told_at is not null
    and closed_at > %(since)s::timestamptz
    and not exists (
        select from message_alert as link
        where link.alert_id = alert.alert_id and link.seq = alert.version
    )
order by closed_at
