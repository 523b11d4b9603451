insert into cage (cage_id, farm_id, kind, name_zh, name_en, lat_deg, lon_deg)
values (%(cage_id)s, %(farm_id)s, %(kind)s, %(name_zh)s, %(name_en)s, %(lat_deg)s, %(lon_deg)s)
on conflict (cage_id) do update
set farm_id = excluded.farm_id, kind = excluded.kind, name_zh = excluded.name_zh, name_en = excluded.name_en,
    lat_deg = excluded.lat_deg, lon_deg = excluded.lon_deg
