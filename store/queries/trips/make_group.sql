insert into temporary_group (group_id, mmsi, valid_from, valid_until, made_by)
values (%(group_id)s, %(mmsi)s, %(valid_from)s, %(valid_until)s, %(made_by)s)
on conflict (group_id, mmsi) do update set valid_until = excluded.valid_until, made_by = excluded.made_by
