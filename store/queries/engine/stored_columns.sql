-- Columns of a table whose values are kept (generated ones are made anew), in order.
select attname
from pg_attribute
where attrelid = %(relation)s::text::regclass and attnum > 0 and not attisdropped and attgenerated = ''
order by attnum
