-- The hypertable behind the continuous aggregate of hourly roll-ups.
select materialization_hypertable_schema, materialization_hypertable_name
from timescaledb_information.continuous_aggregates where view_name = 'reading_hourly'
