insert into forecast_demotion (place_id, point, quantity, demoted, decided_at, skill, cases, reason_zh, reason_en)
values (%(place_id)s, %(point)s, %(quantity)s, %(demoted)s, %(decided_at)s, %(skill)s, %(cases)s, %(reason_zh)s, %(reason_en)s)
on conflict (place_id, point, quantity) do update
set demoted = excluded.demoted, decided_at = excluded.decided_at, skill = excluded.skill, cases = excluded.cases,
    reason_zh = excluded.reason_zh, reason_en = excluded.reason_en
