-- Every table's columns with type, key marks (Mermaid's PK, FK) and comments.
select c.relname, obj_description(c.oid, 'pg_class'), a.attname, format_type(a.atttypid, a.atttypmod),
    concat_ws(', ',
        case when exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p'
            and a.attnum = any(k.conkey)) then 'PK' end,
        case when exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f'
            and a.attnum = any(k.conkey)) then 'FK' end),
    col_description(c.oid, a.attnum)
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname <> 'alembic_version'
order by c.relname, a.attnum
