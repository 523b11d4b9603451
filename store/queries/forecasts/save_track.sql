insert into storm_track (storm_id, source, issued_at, kind, name_zh, name_en, points)
values (%(storm_id)s, %(source)s, %(issued_at)s, %(kind)s, %(name_zh)s, %(name_en)s, %(points)s)
on conflict (storm_id, source, issued_at) do update
set kind = excluded.kind, name_zh = excluded.name_zh, name_en = excluded.name_en, points = excluded.points
