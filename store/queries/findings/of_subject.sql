select key, rule, rule_version, condition, severity, subject_kind, subject_id, observed_at, judged_at,
    probability::double precision, reason_zh, reason_en, place_lat_deg, place_lon_deg, figures, evidence
from finding
where subject_id = %(subject_id)s and judged_at >= %(since)s::timestamptz and judged_at <= %(until)s::timestamptz
order by judged_at, finding_id
