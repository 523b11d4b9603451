select target_id, judged_at, class, probability::double precision, rule_version, reason_zh, reason_en
from target_verdict_history where target_id = %(target_id)s order by judged_at
