SELECT s.district_id, s.contact_id, c.name_zh, s.starts_at, s.ends_at
FROM duty_shift s JOIN contact c USING (contact_id)
WHERE s.ends_at > now()
ORDER BY s.starts_at
LIMIT 100
