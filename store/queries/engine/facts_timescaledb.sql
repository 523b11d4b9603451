-- Where the continuous aggregate stands (NULL before its first refresh), and what the extension records of its jobs.
select (select case when w.mark > '0001-01-01' then w.mark end
        from _timescaledb_catalog.hypertable m
            join timescaledb_information.continuous_aggregates a
                on a.materialization_hypertable_name = m.table_name and a.view_name = 'reading_hourly',
            lateral (
                select _timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(m.id)) as mark
            ) as w) as rolled_up_until,
    (select count(*) from timescaledb_information.job_stats where last_run_status = 'Failed') as failed_jobs
