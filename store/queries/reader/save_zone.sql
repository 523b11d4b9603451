INSERT INTO zone (zone_id, name_zh, name_en, purpose, geometry, source, version)
VALUES (%(zone_id)s, %(name_zh)s, %(name_en)s, %(purpose)s, %(geometry)s, %(source)s, %(version)s)
ON CONFLICT (zone_id) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en, purpose = excluded.purpose,
    geometry = excluded.geometry, source = excluded.source, version = excluded.version, updated_at = now()
