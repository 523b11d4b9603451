insert into contact (contact_id, name_zh, role, language, quiet_from, quiet_until, opted_out_at, test_list, farm_id, district_id)
values (
    %(contact_id)s, %(name_zh)s, %(role)s, %(language)s, %(quiet_from)s::time, %(quiet_until)s::time,
    %(opted_out_at)s::timestamptz, %(test_list)s, %(farm_id)s, %(district_id)s
)
on conflict (contact_id) do update set
    name_zh = excluded.name_zh, role = excluded.role, language = excluded.language, quiet_from = excluded.quiet_from,
    quiet_until = excluded.quiet_until, test_list = excluded.test_list, farm_id = excluded.farm_id,
    district_id = excluded.district_id
