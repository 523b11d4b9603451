insert into alert (
    alert_id, key, rule, rule_version, subject_kind, subject_id, subject_name, severity, condition, handling,
    first_active_at, last_active_at, observed_at, raised_at, cleared_at, closed_at, pending_since, clear_since,
    valid_from, valid_until, lat_deg, lon_deg, probability, reason_zh, reason_en, advice_zh, advice_en, values,
    evidence, farm_id, district_id, assignee, assignee_name, told_severity, told_at, told_clear, escalation_level,
    escalate_at, inhibited_by, shelved_until, shelve_reason, disposal, recognition, merged_into, drill, version,
    chain_no
) values (
    %(alert_id)s::uuid, %(key)s, %(rule)s, %(rule_version)s, %(subject_kind)s, %(subject_id)s, %(subject_name)s,
    %(severity)s::smallint, %(condition)s, %(handling)s, %(first_active_at)s::timestamptz,
    %(last_active_at)s::timestamptz, %(observed_at)s::timestamptz, %(raised_at)s::timestamptz,
    %(cleared_at)s::timestamptz, %(closed_at)s::timestamptz, %(pending_since)s::timestamptz,
    %(clear_since)s::timestamptz, %(valid_from)s::timestamptz, %(valid_until)s::timestamptz,
    %(lat_deg)s::double precision, %(lon_deg)s::double precision, %(probability)s::double precision, %(reason_zh)s,
    %(reason_en)s, %(advice_zh)s, %(advice_en)s, %(values)s, %(evidence)s, %(farm_id)s, %(district_id)s,
    %(assignee)s, %(assignee_name)s, %(told_severity)s::smallint, %(told_at)s::timestamptz, %(told_clear)s,
    %(escalation_level)s, %(escalate_at)s::timestamptz, %(inhibited_by)s, %(shelved_until)s::timestamptz,
    %(shelve_reason)s, %(disposal)s, %(recognition)s, %(merged_into)s::uuid, %(drill)s, %(version)s, %(chain_no)s
)
