insert into grid_run (source, init_at, received_at, file_name, sha256, notice_zh, notice_en)
values (%(source)s, %(init_at)s, %(received_at)s, %(file_name)s, %(sha256)s, %(notice_zh)s, %(notice_en)s)
on conflict (source, init_at) do update
set received_at = excluded.received_at, file_name = excluded.file_name, sha256 = excluded.sha256,
    notice_zh = excluded.notice_zh, notice_en = excluded.notice_en
returning grid_run_id
