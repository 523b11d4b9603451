insert into finding (key, rule, rule_version, condition, severity, subject_kind, subject_id, observed_at, judged_at, probability,
    reason_zh, reason_en, place_lat_deg, place_lon_deg, figures, evidence)
values (%(key)s, %(rule)s, %(rule_version)s, %(condition)s, %(severity)s, %(subject_kind)s, %(subject_id)s,
    %(observed_at)s::timestamptz, %(judged_at)s::timestamptz, %(probability)s, %(reason_zh)s, %(reason_en)s,
    %(place_lat_deg)s, %(place_lon_deg)s, %(figures)s, %(evidence)s)
