insert into watch_list (mmsi, reason_zh, reason_en, points, added_by, added_at, until)
values (%(mmsi)s, %(reason_zh)s, %(reason_en)s, %(points)s, %(added_by)s, %(added_at)s, %(until)s)
on conflict (mmsi) do update set reason_zh = excluded.reason_zh, reason_en = excluded.reason_en, points = excluded.points,
    added_by = excluded.added_by, added_at = excluded.added_at, until = excluded.until
