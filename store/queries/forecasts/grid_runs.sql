select grid_run_id, source, init_at, received_at, file_name, sha256, notice_zh, notice_en
from grid_run where init_at >= %(since)s::timestamptz and init_at <= %(until)s::timestamptz order by init_at desc, source
