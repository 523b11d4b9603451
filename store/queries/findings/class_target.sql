update target set class = %(class)s, probability = %(probability)s, reason_zh = %(reason_zh)s, reason_en = %(reason_en)s,
    rule_version = %(rule_version)s, classed_at = %(judged_at)s::timestamptz
where mmsi = %(mmsi)s and (class, reason_zh) is distinct from (%(class)s, %(reason_zh)s)
