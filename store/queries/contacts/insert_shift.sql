insert into duty_shift (district_id, contact_id, starts_at, ends_at)
values (%(district_id)s, %(contact_id)s, %(starts_at)s::timestamptz, %(ends_at)s::timestamptz)
on conflict (district_id, contact_id, starts_at) do update set ends_at = excluded.ends_at
