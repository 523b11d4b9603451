-- Foreign keys between tables: child, parent, first column.
select distinct c.relname, p.relname, (
        select attname from pg_attribute where attrelid = k.conrelid and attnum = k.conkey[1]
    )
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
where k.contype = 'f' and k.connamespace = 'public'::regnamespace and not c.relispartition
order by 1, 2, 3
