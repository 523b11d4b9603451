INSERT INTO contact (contact_id, name_zh, role, farm_id, district_id)
VALUES (%(contact_id)s, %(name_zh)s, %(role)s, %(farm_id)s, %(district_id)s)
ON CONFLICT (contact_id) DO UPDATE SET name_zh = excluded.name_zh, role = excluded.role, farm_id = excluded.farm_id, district_id = excluded.district_id
