INSERT INTO duty_shift (district_id, contact_id, starts_at, ends_at) VALUES (%(district_id)s, %(contact_id)s, %(starts_at)s, %(ends_at)s)
ON CONFLICT DO NOTHING
