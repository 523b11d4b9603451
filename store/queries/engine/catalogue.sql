-- One line for everything that makes the schema; partitions, chunks and the extension's own objects left out.
with ours as (
    select c.oid, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
        and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
        and c.relname <> 'alembic_version'
)
select 'table ' || relname || ' ' || relkind::text || case when relrowsecurity then ' rls' else '' end
    || case when relforcerowsecurity then ' forced' else '' end as line
from ours
union all
select 'column ' || o.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || case when a.attnotnull then ' not null' else '' end
    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
from ours o join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = o.oid and d.adnum = a.attnum
union all
select 'constraint ' || o.relname || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
from ours o join pg_constraint c on c.conrelid = o.oid and c.contype <> 'n'
union all
select 'index ' || o.relname || ' ' || pg_get_indexdef(i.indexrelid) || case when i.indisvalid then '' else ' INVALID' end
from ours o join pg_index i on i.indrelid = o.oid
union all
select 'view ' || o.relname || ' ' || md5(regexp_replace(pg_get_viewdef(o.oid), '_materialized_hypertable_\d+|\(\d+\)', '', 'g'))
from ours o where o.relkind in ('v', 'm')
union all
select 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ') ' || md5(p.prosrc)
from pg_proc p
where p.pronamespace = 'public'::regnamespace
    and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
union all
select 'trigger ' || o.relname || ' ' || t.tgname from ours o join pg_trigger t on t.tgrelid = o.oid and not t.tgisinternal
union all
select 'policy ' || o.relname || ' ' || y.polname || ' ' || coalesce(pg_get_expr(y.polqual, y.polrelid), '')
from ours o join pg_policy y on y.polrelid = o.oid
union all
select 'grant ' || o.relname || ' ' || g.grantee || ' ' || string_agg(g.privilege_type, ',' order by g.privilege_type)
from ours o join information_schema.role_table_grants g on g.table_schema = 'public' and g.table_name = o.relname
where g.grantee like 'huangyu\_%%'
group by o.relname, g.grantee
order by 1
