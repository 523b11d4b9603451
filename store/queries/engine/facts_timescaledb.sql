-- Where the continuous aggregate stands (NULL before its first refresh), whether readings older than %(before)s are
-- beyond it, and what the extension records of its jobs.
with stand as (
    select max(_timescaledb_functions.to_timestamp(_timescaledb_functions.cagg_watermark(m.id))) as mark
    from _timescaledb_catalog.hypertable m join timescaledb_information.continuous_aggregates a
        on a.materialization_hypertable_name = m.table_name and a.view_name = 'reading_hourly'
)
select case when mark > '0001-01-01' then mark end as rolled_up_until,
    exists (
        select from reading where observed_at >= stand.mark and observed_at < %(before)s::timestamptz
    ) as behind,
    (select count(*) from timescaledb_information.job_stats where last_run_status = 'Failed') as failed_jobs
from stand
