select ensure_partitions(%(parent)s::text::regclass, %(from_at)s::timestamptz, %(until_at)s::timestamptz)
