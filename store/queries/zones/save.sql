insert into zone (zone_id, name_zh, name_en, purpose, geometry, buffer_m, farm_id, valid_from, valid_until, source, version)
values (%(zone_id)s, %(name_zh)s, %(name_en)s, %(purpose)s, %(geometry)s, %(buffer_m)s, %(farm_id)s, %(valid_from)s,
    %(valid_until)s, %(source)s, %(version)s)
on conflict (zone_id) do update set name_zh = excluded.name_zh, name_en = excluded.name_en, purpose = excluded.purpose,
    geometry = excluded.geometry, buffer_m = excluded.buffer_m, farm_id = excluded.farm_id,
    valid_from = excluded.valid_from, valid_until = excluded.valid_until, source = excluded.source,
    version = excluded.version, updated_at = now()
