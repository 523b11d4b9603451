insert into contact_scope (contact_id, kind, id, level)
values (%(contact_id)s, %(kind)s, %(id)s, %(level)s)
on conflict (contact_id, kind, id) do update set level = excluded.level
