insert into farm (farm_id, name_zh, name_en, district_id, lat_deg, lon_deg)
values (%(farm_id)s, %(name_zh)s, %(name_en)s, %(district_id)s, %(lat_deg)s, %(lon_deg)s)
on conflict (farm_id) do update
set name_zh = excluded.name_zh, name_en = excluded.name_en, district_id = excluded.district_id,
    lat_deg = excluded.lat_deg, lon_deg = excluded.lon_deg
