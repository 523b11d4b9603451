insert into register_import (imported_at, actor, file_name, file_sha256, n_rows, n_new, n_changed, n_removed, n_problems)
values (%(at)s::timestamptz, %(actor)s, %(file_name)s, %(file_sha256)s, %(n_rows)s, %(n_new)s, %(n_changed)s, %(n_removed)s,
    %(n_problems)s)
returning import_id
