-- Care of probes: their health as the watch last saw it, and calibrations as spans of time that readings are corrected by.

create table probe_health (
    cage_id text not null references cage,
    point text not null check (point <> ''),
    quantity text not null check (quantity <> ''),
    computed_at timestamptz not null,
    uptime_pct real check (uptime_pct between 0 and 100),
    dropouts integer not null default 0 check (dropouts >= 0),
    "offset" real,
    rate_per_day real,
    drift_since timestamptz,
    out_at timestamptz,
    clean_at timestamptz,
    calibrate_at timestamptz,
    primary key (cage_id, point, quantity)
);
comment on table probe_health is 'Health of each series, by the watch every half hour; it can be made anew from the readings.';
comment on column probe_health.cage_id is 'The cage.';
comment on column probe_health.point is 'Measuring point: d2, d6 …';
comment on column probe_health.quantity is 'Quantity with unit: do_mg_l …';
comment on column probe_health.computed_at is 'When the watch looked.';
comment on column probe_health.uptime_pct is 'Good readings of seven days against the probe''s own pace. [%]';
comment on column probe_health.dropouts is 'Times in seven days that it fell silent or untrusted for an hour or more.';
comment on column probe_health."offset" is 'Drift against its neighbours, in the quantity''s unit; NULL where they cannot be asked.';
comment on column probe_health.rate_per_day is 'How fast the drift grows, in the quantity''s unit a day.';
comment on column probe_health.drift_since is 'When the drift began; NULL where the probe is not held to drift.';
comment on column probe_health.out_at is 'When the drift, carried forward, leaves tolerance; NULL where it is not in sight.';
comment on column probe_health.clean_at is 'Next cleaning by interval; NULL where no service was logged.';
comment on column probe_health.calibrate_at is 'Next calibration by interval; NULL where none was logged.';
grant select, insert, update, delete on probe_health to huangyu_services, huangyu_admin;
select access_guard('probe_health', 'cage_id in (select c.cage_id from cage c)');

-- From each calibration, or new probe, to the next; a cleaning changes no correction.
create view calibration_span with (security_invoker) as
select s.series_id, c.at as since, coalesce(lead(c.at) over by_series, 'infinity') as until,
    c.gain::double precision as gain, c.offset_value::double precision as offset_value
from calibration c join series s on s.cage_id = c.cage_id and s.point = c.point and s.quantity = c.quantity
where c.kind <> 'cleaned'
window by_series as (partition by s.series_id order by c.at);
comment on view calibration_span is 'true value = gain * reading + offset_value for readings of the series from since to until';
grant select on calibration_span to huangyu_services, huangyu_ingest, huangyu_admin, huangyu_reader;
