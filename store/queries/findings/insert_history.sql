-- Only a change of class makes a row. Run before the verdict itself is written.
insert into target_verdict_history (target_id, judged_at, class, probability, rule_version, reason_zh, reason_en)
select %(target_id)s, %(judged_at)s::timestamptz, %(class)s, %(probability)s::real, %(rule_version)s, %(reason_zh)s, %(reason_en)s
where not exists (select from target_verdict where target_id = %(target_id)s and class = %(class)s)
on conflict do nothing
