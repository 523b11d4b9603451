select case when exists (select from pg_extension where extname = 'timescaledb') then 'timescaledb' else 'plain' end
