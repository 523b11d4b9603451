update alert set
    rule_version = %(rule_version)s, severity = %(severity)s::smallint, condition = %(condition)s,
    handling = %(handling)s, first_active_at = %(first_active_at)s::timestamptz,
    last_active_at = %(last_active_at)s::timestamptz, observed_at = %(observed_at)s::timestamptz,
    raised_at = %(raised_at)s::timestamptz, cleared_at = %(cleared_at)s::timestamptz,
    closed_at = %(closed_at)s::timestamptz, pending_since = %(pending_since)s::timestamptz,
    clear_since = %(clear_since)s::timestamptz, valid_from = %(valid_from)s::timestamptz,
    valid_until = %(valid_until)s::timestamptz, lat_deg = %(lat_deg)s::double precision,
    lon_deg = %(lon_deg)s::double precision, probability = %(probability)s::double precision,
    reason_zh = %(reason_zh)s, reason_en = %(reason_en)s, advice_zh = %(advice_zh)s, advice_en = %(advice_en)s,
    values = %(values)s, evidence = %(evidence)s, assignee = %(assignee)s, assignee_name = %(assignee_name)s,
    told_severity = %(told_severity)s::smallint, told_at = %(told_at)s::timestamptz, told_clear = %(told_clear)s,
    escalation_level = %(escalation_level)s, escalate_at = %(escalate_at)s::timestamptz,
    inhibited_by = %(inhibited_by)s, shelved_until = %(shelved_until)s::timestamptz,
    shelve_reason = %(shelve_reason)s, disposal = %(disposal)s, recognition = %(recognition)s,
    merged_into = %(merged_into)s::uuid, version = %(version)s, chain_no = coalesce(%(chain_no)s, chain_no),
    updated_at = now()
where alert_id = %(alert_id)s and version = %(before_version)s
