-- Whether roll-ups are a table of ours (fed from rollup_dirty) or a continuous aggregate.
select relkind = 'r' from pg_class where oid = 'reading_hourly'::regclass
