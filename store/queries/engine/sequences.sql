-- Where each sequence stands; NULL where it was never used.
select sequencename, last_value from pg_sequences where schemaname = 'public' order by 1
