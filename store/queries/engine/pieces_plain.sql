select p.relname as parent, n.nspname || '.' || c.relname as name,
    (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([^'']+)''\)'))[1]::timestamptz as from_at,
    (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz as until_at,
    pg_total_relation_size(c.oid) as size_bytes,
    exists (
        select from pg_index x join pg_class k on k.oid = x.indexrelid
        where x.indrelid = c.oid and x.indisprimary and 'fillfactor=100' = any(k.reloptions)
    ) as packed
from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_class p on p.oid = i.inhparent
where p.relname in ('reading', 'position', 'nmea_raw') and p.relkind = 'p'
    and (%(parent)s::text is null or p.relname = %(parent)s::text)
order by p.relname, from_at
