-- The sea: places, series and readings, targets and positions, gateways and what they sent.
-- Times are UTC. Long tables are cut by observed_at: weekly partitions or hypertables (store/engine.py).

-- Roles ------------------------------------------------------------------------------------------------
do $$
declare wanted text;
begin
    foreach wanted in array array['huangyu_admin', 'huangyu_services', 'huangyu_ingest', 'huangyu_reader'] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin', wanted);
            exception when duplicate_object or unique_violation then
                null;  -- another database of this server was first
            end;
        end if;
    end loop;
end $$;
revoke create on schema public from public;
grant usage on schema public to huangyu_services, huangyu_ingest, huangyu_reader;

-- Places -----------------------------------------------------------------------------------------------
create table farm (
    farm_id text primary key check (farm_id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name_zh text not null,
    name_en text not null default '',
    district_id text not null check (district_id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    lat_deg double precision not null check (lat_deg between -90 and 90),
    lon_deg double precision not null check (lon_deg between -180 and 180),
    created_at timestamptz not null default now()
);
comment on table farm is 'A fish farm: the unit of a farmer''s access.';
comment on column farm.farm_id is 'Short id, also the first part of its cages'' ids.';
comment on column farm.name_zh is 'Name in Chinese.';
comment on column farm.name_en is 'Name in English, empty where there is none.';
comment on column farm.district_id is 'District whose regulators see it, for example dongtou.';
comment on column farm.lat_deg is 'Latitude of its middle, WGS 84. [deg]';
comment on column farm.lon_deg is 'Longitude of its middle, WGS 84. [deg]';
comment on column farm.created_at is 'When it was entered.';

create table cage (
    cage_id text primary key check (cage_id ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$'),
    farm_id text references farm,
    kind text not null default 'cage' check (kind in ('cage', 'platform', 'buoy')),
    name_zh text not null default '',
    name_en text not null default '',
    lat_deg double precision check (lat_deg between -90 and 90),
    lon_deg double precision check (lon_deg between -180 and 180),
    created_at timestamptz not null default now()
);
create index cage_farm on cage (farm_id);
comment on table cage is 'A cage, work platform or buoy: what instruments hang on.';
comment on column cage.cage_id is 'Id as in series names.';
comment on column cage.farm_id is 'Its farm; NULL for one that a gateway named before anyone entered it.';
comment on column cage.kind is 'cage, platform or buoy.';
comment on column cage.name_zh is 'Name in Chinese, empty: show the id.';
comment on column cage.name_en is 'Name in English, empty: show the id.';
comment on column cage.lat_deg is 'Latitude, WGS 84. [deg]';
comment on column cage.lon_deg is 'Longitude, WGS 84. [deg]';
comment on column cage.created_at is 'When it was entered or first heard of.';

-- Gateways ---------------------------------------------------------------------------------------------
create table gateway (
    gateway_id text primary key check (gateway_id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    farm_id text references farm,
    name_zh text not null default '',
    state text not null default 'unknown' check (state in ('online', 'offline', 'unknown')),
    state_at timestamptz,
    status jsonb,
    boot_id text,
    clock smallint check (clock between 0 and 2),
    last_batch_at timestamptz,
    created_at timestamptz not null default now()
);
create index gateway_farm on gateway (farm_id);
comment on table gateway is 'An edge gateway and how it was when last heard of.';
comment on column gateway.gateway_id is 'Id as in its topics.';
comment on column gateway.farm_id is 'The farm that it serves; NULL until someone enters it.';
comment on column gateway.name_zh is 'Name in Chinese, empty: show the id.';
comment on column gateway.state is 'By its birth message and last will.';
comment on column gateway.state_at is 'When that message came.';
comment on column gateway.status is 'That message as sent: versions, clock, spool depth.';
comment on column gateway.boot_id is 'Power-up that sent the newest batch.';
comment on column gateway.clock is 'Clock in the newest batch: 0 unsynced, 1 synced, 2 stepped.';
comment on column gateway.last_batch_at is 'Shore time of the newest committed batch.';
comment on column gateway.created_at is 'When it was entered or first heard of.';

create table gateway_seq (
    gateway_id text not null references gateway,
    block bigint not null check (block >= 0),
    committed int8multirange not null default '{}',
    updated_at timestamptz not null default now(),
    primary key (gateway_id, block)
) with (fillfactor = 70);
comment on table gateway_seq is 'Which sequence numbers of a gateway are in the database: what makes resending harmless.';
comment on column gateway_seq.gateway_id is 'The gateway.';
comment on column gateway_seq.block is 'Sequence number divided by 4096: streams interleave, so one long list would fall to pieces.';
comment on column gateway_seq.committed is 'Committed or given-up sequence numbers of the block, upper bounds exclusive.';
comment on column gateway_seq.updated_at is 'Shore time of the last change.';

create table gateway_gap (
    gateway_id text not null references gateway,
    stream text not null,
    first_seq bigint not null check (first_seq >= 0),
    last_seq bigint not null,
    n bigint not null check (n > 0),
    reason text not null,
    observed_from timestamptz,
    observed_until timestamptz,
    received_at timestamptz not null,
    primary key (gateway_id, stream, first_seq),
    check (last_seq >= first_seq)
);
comment on table gateway_gap is 'Records that a gateway accepted and had to give up, by its own report: lost, not late.';
comment on column gateway_gap.gateway_id is 'The gateway.';
comment on column gateway_gap.stream is 'Stream of the records; other streams'' numbers in the range are not meant.';
comment on column gateway_gap.first_seq is 'First sequence number given up.';
comment on column gateway_gap.last_seq is 'Last sequence number given up.';
comment on column gateway_gap.n is 'How many records.';
comment on column gateway_gap.reason is 'quota, disk_full, unspoolable.';
comment on column gateway_gap.observed_from is 'Time of the oldest record given up.';
comment on column gateway_gap.observed_until is 'Time of the newest record given up.';
comment on column gateway_gap.received_at is 'When the shore heard of it.';

create table gateway_health (
    gateway_id text not null references gateway,
    observed_at timestamptz not null,
    kind text not null,
    name text not null default '',
    detail jsonb not null,
    primary key (gateway_id, kind, name, observed_at)
);
create index gateway_health_observed on gateway_health (observed_at);
comment on table gateway_health is 'What a gateway says of itself, its receivers and its instruments, over time.';
comment on column gateway_health.gateway_id is 'The gateway.';
comment on column gateway_health.observed_at is 'Edge time.';
comment on column gateway_health.kind is 'gateway, receiver, unit, clock, boot, command, config or one that came later.';
comment on column gateway_health.name is 'Which receiver or unit; empty for the gateway itself.';
comment on column gateway_health.detail is 'The record as sent.';

create table gateway_health_latest (
    gateway_id text not null references gateway,
    kind text not null,
    name text not null default '',
    observed_at timestamptz not null,
    received_at timestamptz not null,
    detail jsonb not null,
    primary key (gateway_id, kind, name)
) with (fillfactor = 70);
comment on table gateway_health_latest is 'The newest health record of each kind and name.';
comment on column gateway_health_latest.gateway_id is 'The gateway.';
comment on column gateway_health_latest.kind is 'As in gateway_health.';
comment on column gateway_health_latest.name is 'As in gateway_health.';
comment on column gateway_health_latest.observed_at is 'Edge time.';
comment on column gateway_health_latest.received_at is 'Shore time.';
comment on column gateway_health_latest.detail is 'The record as sent.';

create table quarantine (
    quarantine_id bigint generated always as identity primary key,
    received_at timestamptz not null,
    last_at timestamptz not null,
    n integer not null default 1 check (n > 0),
    gateway_id text,
    topic text not null default '',
    seq bigint,
    reason text not null,
    raw bytea not null,
    digest text not null generated always as (md5(raw)) stored
);
create unique index quarantine_once on quarantine (digest, (coalesce(gateway_id, '')), (coalesce(seq, -1)));
create index quarantine_received on quarantine (received_at);
comment on table quarantine is 'What came and could not be taken: kept with its reason, shown to technicians.';
comment on column quarantine.quarantine_id is 'Running number.';
comment on column quarantine.received_at is 'Shore time when it first came.';
comment on column quarantine.last_at is 'Shore time when it last came.';
comment on column quarantine.n is 'How often it came.';
comment on column quarantine.gateway_id is 'Gateway by topic; NULL where the topic names none.';
comment on column quarantine.topic is 'MQTT topic.';
comment on column quarantine.seq is 'Sequence number where it was readable.';
comment on column quarantine.reason is 'One sentence.';
comment on column quarantine.raw is 'The bytes as they came (a whole payload, or one record as JSON).';
comment on column quarantine.digest is 'MD5 of the bytes: a resent bad batch is one row.';

-- Series and readings ----------------------------------------------------------------------------------
create table series (
    series_id integer generated always as identity primary key,
    cage_id text not null references cage,
    point text not null check (point <> ''),
    quantity text not null check (quantity <> ''),
    unit text not null,
    depth_m real,
    gateway_id text references gateway,
    created_at timestamptz not null default now(),
    unique (cage_id, point, quantity)
);
comment on table series is 'One measured quantity at one point of one cage; never deleted.';
comment on column series.series_id is 'Number used in the long tables.';
comment on column series.cage_id is 'Cage or platform.';
comment on column series.point is 'Measuring point: d2, met, wave, power …';
comment on column series.quantity is 'Quantity with its unit: do_mg_l …';
comment on column series.unit is 'SenML or UCUM unit on the wire.';
comment on column series.depth_m is 'Depth below the surface, from points named d2, d6.5; NULL where it has none. [m]';
comment on column series.gateway_id is 'Gateway that sent it first.';
comment on column series.created_at is 'When the first reading came.';

create table reading (
    observed_at timestamptz not null,
    series_id integer not null,
    value real,
    qc smallint not null check (qc in (1, 2, 3, 4, 9)),
    primary key (series_id, observed_at)
) /*plain: partition by range (observed_at) */;
comment on table reading is 'Measured values. No foreign key: series are made in the same transaction and never deleted.';
comment on column reading.observed_at is 'Edge time, whole seconds; milliseconds where one second has several values.';
comment on column reading.series_id is 'Series.';
comment on column reading.value is 'Value in the unit of the series'' quantity; NULL when the instrument had none.';
comment on column reading.qc is 'QARTOD flag: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing.';
/*timescale:
select create_hypertable('reading', 'observed_at', chunk_time_interval => interval '7 days',
    create_default_indexes => false);
*/

create table series_latest (
    series_id integer primary key references series,
    observed_at timestamptz not null,
    value real,
    qc smallint not null check (qc in (1, 2, 3, 4, 9)),
    received_at timestamptz not null,
    clock smallint not null default 1 check (clock between 0 and 2)
) with (fillfactor = 50);
comment on table series_latest is 'Newest reading of each series: what screens and rules read.';
comment on column series_latest.series_id is 'Series.';
comment on column series_latest.observed_at is 'Edge time of the newest reading.';
comment on column series_latest.value is 'Its value, NULL when missing.';
comment on column series_latest.qc is 'Its QARTOD flag.';
comment on column series_latest.received_at is 'Shore time of its batch.';
comment on column series_latest.clock is 'How far its gateway''s clock could be trusted: 0 unsynced, 1 synced, 2 stepped.';

create table rollup_dirty (
    bucket_at timestamptz not null,
    series_id integer not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
create index rollup_dirty_bucket on rollup_dirty (bucket_at);
comment on table rollup_dirty is 'Append-only log of hours whose roll-up is to be made again.';
comment on column rollup_dirty.bucket_at is 'Start of the hour.';
comment on column rollup_dirty.series_id is 'Series.';

/*rollup_table:
create table reading_hourly (
    bucket_at timestamptz not null,
    series_id integer not null references series,
    n integer not null check (n > 0),
    n_good integer not null check (n_good between 0 and n),
    value_min real,
    value_max real,
    value_avg double precision,
    primary key (series_id, bucket_at)
);
comment on table reading_hourly is 'Hourly roll-up of readings, kept for ever; repaired from rollup_dirty.';
comment on column reading_hourly.bucket_at is 'Start of the hour.';
comment on column reading_hourly.series_id is 'Series.';
comment on column reading_hourly.n is 'Readings of any flag.';
comment on column reading_hourly.n_good is 'Readings with flag 1 or 2: the ones that the figures rest on.';
comment on column reading_hourly.value_min is 'Smallest usable value; NULL when none was usable.';
comment on column reading_hourly.value_max is 'Largest usable value.';
comment on column reading_hourly.value_avg is 'Mean of the usable values.';
grant select, insert, update, delete on reading_hourly to huangyu_services, huangyu_ingest;
*/
/*columnstore:
alter table reading set (timescaledb.enable_columnstore = true, timescaledb.segmentby = 'series_id',
    timescaledb.orderby = 'observed_at');
create materialized view reading_hourly with (timescaledb.continuous, timescaledb.materialized_only = false) as
select time_bucket('1 hour', observed_at) as bucket_at,
    series_id,
    count(*)::int as n,
    (count(*) filter (where qc in (1, 2)))::int as n_good,
    min(value) filter (where qc in (1, 2)) as value_min,
    max(value) filter (where qc in (1, 2)) as value_max,
    avg(value::double precision) filter (where qc in (1, 2)) as value_avg
from reading
group by 1, 2
with no data;
comment on view reading_hourly is 'Hourly roll-up of readings, kept for ever; a continuous aggregate.';
comment on column reading_hourly.bucket_at is 'Start of the hour.';
comment on column reading_hourly.series_id is 'Series.';
comment on column reading_hourly.n is 'Readings of any flag.';
comment on column reading_hourly.n_good is 'Readings with flag 1 or 2: the ones that the figures rest on.';
comment on column reading_hourly.value_min is 'Smallest usable value; NULL when none was usable.';
comment on column reading_hourly.value_max is 'Largest usable value.';
comment on column reading_hourly.value_avg is 'Mean of the usable values.';
*/

-- Targets and positions --------------------------------------------------------------------------------
create table nmea_raw (
    observed_at timestamptz not null,
    gateway_id text not null,
    seq bigint not null,
    receiver text not null,
    line text not null,
    primary key (gateway_id, seq, observed_at)
) /*plain: partition by range (observed_at) */;
comment on table nmea_raw is 'Sentences as received, with tag block: the evidence stays whole. No foreign key, as reading.';
comment on column nmea_raw.observed_at is 'Receive time at the edge.';
comment on column nmea_raw.gateway_id is 'Gateway.';
comment on column nmea_raw.seq is 'Its sequence number.';
comment on column nmea_raw.receiver is 'Receiver at the gateway.';
comment on column nmea_raw.line is 'The line, tag block included.';
/*timescale:
select create_hypertable('nmea_raw', 'observed_at', chunk_time_interval => interval '7 days',
    create_default_indexes => false);
*/
/*columnstore:
alter table nmea_raw set (timescaledb.enable_columnstore = true, timescaledb.segmentby = 'gateway_id',
    timescaledb.orderby = 'observed_at, seq');
*/

create table target (
    mmsi integer primary key,
    mmsi_class text not null,
    first_seen_at timestamptz not null
);
comment on table target is 'One AIS number (or detection track, below 0) ever seen; what it is taken for is judged elsewhere.';
comment on column target.mmsi is 'Number as sent, also 0 and malformed ones; below 0: a detection track.';
comment on column target.mmsi_class is 'Station kind by the digits alone (ITU-R M.585).';
comment on column target.first_seen_at is 'Edge time of its first report.';

create table position (
    observed_at timestamptz not null,
    mmsi integer not null,
    lat integer not null check (lat between -54000000 and 54000000),
    lon integer not null check (lon between -108000000 and 108000000),
    cell integer generated always as ((lat / 60000 + 900) * 3600 + (lon / 60000 + 1800)) stored,
    sog smallint not null default 1023 check (sog between 0 and case when source = 3 then 10220 else 1023 end),
    cog smallint not null default 3600 check (cog between 0 and 3600),
    heading smallint not null default 511 check (heading between 0 and 511),
    rot smallint not null default -128 check (rot between -128 and 127),
    nav_status smallint not null default -1 check (nav_status between -1 and 15),
    source smallint not null check (source between 0 and 31),
    primary key (mmsi, observed_at)
) /*plain: partition by range (observed_at) */;
comment on table position is 'Where targets were, in AIS units; the view position_degrees has degrees and knots.';
comment on column position.observed_at is 'Receive time at the edge.';
comment on column position.mmsi is 'Target.';
comment on column position.lat is 'Latitude. [1/600000 deg]';
comment on column position.lon is 'Longitude. [1/600000 deg]';
comment on column position.cell is 'Cell of 0.1 x 0.1 degree (towards zero): row from the south pole x 3600 + column from 180 W.';
comment on column position.sog is 'Speed over ground; 1023: not known; of search aircraft (source 3) in whole knots, to 10220. [0.1 kn]';
comment on column position.cog is 'Course over ground; 3600: not known. [0.1 deg]';
comment on column position.heading is 'True heading; 511: not known. [deg]';
comment on column position.rot is 'Rate of turn as ITU-R M.1371 codes it, 4.733 sqrt(deg/min); -128: not known.';
comment on column position.nav_status is 'Navigational status 0..15 (ITU-R M.1371 table 45); -1: not sent.';
comment on column position.source is 'Which eye saw it: the number in position_source.';
/*timescale:
select create_hypertable('position', 'observed_at', chunk_time_interval => interval '7 days',
    create_default_indexes => false);
create index position_cell on position (cell, observed_at);
*/
/*columnstore:
alter table position set (timescaledb.enable_columnstore = true, timescaledb.segmentby = 'mmsi',
    timescaledb.orderby = 'observed_at');
*/

create table position_source (
    source smallint primary key check (source between 0 and 31),
    name text not null unique
);
insert into position_source (source, name) values
    (0, 'ais_a'), (1, 'ais_b'), (2, 'ais_long'), (3, 'ais_sar'), (4, 'ais_sart'), (5, 'ais_aton'), (6, 'ais_base'),
    (7, 'beidou'), (8, 'radar'), (9, 'optical'), (10, 'satellite');
comment on table position_source is 'Names of the eyes that see targets.';
comment on column position_source.source is 'Number in the long table.';
comment on column position_source.name is 'Name, as core.position.PositionSource.';

create view position_degrees as
select p.observed_at, p.mmsi, p.lat / 600000.0::double precision as lat_deg, p.lon / 600000.0::double precision as lon_deg,
    nullif(p.sog, 1023) / 10.0::double precision as sog_kn,
    nullif(p.cog, 3600) / 10.0::double precision as cog_deg,
    nullif(p.heading, 511)::double precision as heading_deg,
    case when p.rot = -128 then null else sign(p.rot) * (p.rot / 4.733::double precision) ^ 2 end as rot_deg_min,
    nullif(p.nav_status, -1) as nav_status, s.name as source
from position p left join position_source s using (source);
comment on view position_degrees is 'position in degrees, knots and words; NULL where AIS says not known.';

create table target_latest (
    mmsi integer primary key references target,
    observed_at timestamptz not null,
    lat integer not null check (lat between -54000000 and 54000000),
    lon integer not null check (lon between -108000000 and 108000000),
    cell integer generated always as ((lat / 60000 + 900) * 3600 + (lon / 60000 + 1800)) stored,
    sog smallint not null default 1023 check (sog between 0 and case when source = 3 then 10220 else 1023 end),
    cog smallint not null default 3600 check (cog between 0 and 3600),
    heading smallint not null default 511 check (heading between 0 and 511),
    rot smallint not null default -128 check (rot between -128 and 127),
    nav_status smallint not null default -1 check (nav_status between -1 and 15),
    source smallint not null references position_source,
    received_at timestamptz not null,
    gateway_id text,
    receiver text not null default ''
) with (fillfactor = 50);
create index target_latest_observed on target_latest (observed_at);
comment on table target_latest is 'Newest position of each target; columns as in position.';
comment on column target_latest.mmsi is 'Target.';
comment on column target_latest.observed_at is 'Receive time at the edge.';
comment on column target_latest.lat is 'Latitude. [1/600000 deg]';
comment on column target_latest.lon is 'Longitude. [1/600000 deg]';
comment on column target_latest.cell is 'As in position.';
comment on column target_latest.sog is 'Speed over ground; 1023: not known; of search aircraft as in position. [0.1 kn]';
comment on column target_latest.cog is 'Course over ground; 3600: not known. [0.1 deg]';
comment on column target_latest.heading is 'True heading; 511: not known. [deg]';
comment on column target_latest.rot is 'Rate of turn, AIS code; -128: not known.';
comment on column target_latest.nav_status is 'Navigational status; -1: not sent.';
comment on column target_latest.source is 'Which eye saw it.';
comment on column target_latest.received_at is 'Shore time of its batch.';
comment on column target_latest.gateway_id is 'Gateway that heard it.';
comment on column target_latest.receiver is 'Receiver at that gateway.';

create table target_static (
    mmsi integer not null references target,
    digest bytea not null check (octet_length(digest) = 16),
    part text not null check (part in ('5', '19', '24A', '24B', '21')),
    name text,
    call_sign text,
    imo integer,
    ship_type smallint,
    to_bow_m smallint,
    to_stern_m smallint,
    to_port_m smallint,
    to_starboard_m smallint,
    draught_m real,
    destination text,
    eta text,
    vendor text,
    parent_mmsi integer,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    n bigint not null default 1 check (n > 0),
    primary key (mmsi, digest),
    check (last_seen_at >= first_seen_at)
) with (fillfactor = 70);
create index target_static_name on target_static (name);
create index target_static_seen on target_static (last_seen_at);
comment on table target_static is 'Every set of particulars that a number has sent, with when: two names on one number stay two rows.';
comment on column target_static.mmsi is 'Target.';
comment on column target_static.digest is 'MD5 of the particulars: the same ones again only move last_seen_at.';
comment on column target_static.part is 'AIS message that carries them: 5, 19, 21, 24A or 24B.';
comment on column target_static.name is 'Name as sent, padding removed.';
comment on column target_static.call_sign is 'Call sign as sent.';
comment on column target_static.imo is 'IMO number.';
comment on column target_static.ship_type is 'Ship and cargo type (ITU-R M.1371 table 53), or type of aid.';
comment on column target_static.to_bow_m is 'From the antenna to the bow. [m]';
comment on column target_static.to_stern_m is 'From the antenna to the stern. [m]';
comment on column target_static.to_port_m is 'From the antenna to port. [m]';
comment on column target_static.to_starboard_m is 'From the antenna to starboard. [m]';
comment on column target_static.draught_m is 'Draught. [m]';
comment on column target_static.destination is 'Destination as sent.';
comment on column target_static.eta is 'Estimated arrival as sent, month-day hour:minute.';
comment on column target_static.vendor is 'Vendor id of class B equipment.';
comment on column target_static.parent_mmsi is 'Parent ship of a craft.';
comment on column target_static.first_seen_at is 'Edge time of the first message with these particulars.';
comment on column target_static.last_seen_at is 'Edge time of the newest one.';
comment on column target_static.n is 'How many messages.';

create view target_particulars as
select mmsi,
    (array_agg(name order by last_seen_at desc) filter (where name is not null))[1] as name,
    (array_agg(call_sign order by last_seen_at desc) filter (where call_sign is not null))[1] as call_sign,
    (array_agg(imo order by last_seen_at desc) filter (where imo is not null))[1] as imo,
    (array_agg(ship_type order by last_seen_at desc) filter (where ship_type is not null))[1] as ship_type,
    (array_agg(to_bow_m order by last_seen_at desc) filter (where to_bow_m is not null))[1] as to_bow_m,
    (array_agg(to_stern_m order by last_seen_at desc) filter (where to_stern_m is not null))[1] as to_stern_m,
    (array_agg(to_port_m order by last_seen_at desc) filter (where to_port_m is not null))[1] as to_port_m,
    (array_agg(to_starboard_m order by last_seen_at desc) filter (where to_starboard_m is not null))[1] as to_starboard_m,
    (array_agg(draught_m order by last_seen_at desc) filter (where draught_m is not null))[1] as draught_m,
    (array_agg(destination order by last_seen_at desc) filter (where destination is not null))[1] as destination
from target_static
group by mmsi;
comment on view target_particulars is 'Newest known value of each particular of each number, merged over message types.';

create table safety_text (
    mmsi integer not null,
    observed_at timestamptz not null,
    text text not null,
    addressee_mmsi integer,
    gateway_id text,
    receiver text not null default '',
    received_at timestamptz not null,
    primary key (mmsi, observed_at, text)
);
create index safety_text_observed on safety_text (observed_at);
comment on table safety_text is 'AIS safety related text messages (types 12 and 14).';
comment on column safety_text.mmsi is 'Sender.';
comment on column safety_text.observed_at is 'Receive time at the edge.';
comment on column safety_text.text is 'Text as sent.';
comment on column safety_text.addressee_mmsi is 'Addressee; NULL for a broadcast.';
comment on column safety_text.gateway_id is 'Gateway that heard it.';
comment on column safety_text.receiver is 'Receiver at that gateway.';
comment on column safety_text.received_at is 'Shore time.';

-- Partitions of plain PostgreSQL: one definer function, so that ingest needs no right to create tables --------
/*plain:
create function ensure_partitions(parent regclass, from_at timestamptz, until_at timestamptz) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    week timestamptz := date_bin('7 days', from_at, '2000-01-03 00:00+00');
    child text;
    made integer := 0;
begin
    if parent not in ('reading'::regclass, 'position'::regclass, 'nmea_raw'::regclass) then
        raise exception '% is not one of the long tables', parent;
    end if;
    if until_at - from_at > interval '80 years' then
        raise exception 'refusing partitions from % to %', from_at, until_at;
    end if;
    while week <= until_at loop
        child := (select relname from pg_class where oid = parent) || '_w' || to_char(week at time zone 'UTC', 'YYYYMMDD');
        if to_regclass(child) is null then
            perform pg_advisory_xact_lock(hashtext('ensure_partitions'), hashtext(child));
            -- Asked of the table: to_regclass would answer from this session's cache, filled before the wait.
            if not exists (select from pg_class where relname = child and relnamespace = 'public'::regnamespace) then
                execute format('create table %I (like %s including all)', child, parent);
                if parent = 'position'::regclass then  -- not on the parent: cold partitions lose it
                    execute format('create index %I on %I (cell, observed_at)', child || '_cell', child);
                end if;
                execute format('alter table %s attach partition %I for values from (%L) to (%L)',
                    parent, child, week, week + interval '7 days');
                made := made + 1;
            end if;
        end if;
        week := week + interval '7 days';
    end loop;
    return made;
end $$;
revoke all on function ensure_partitions from public;
grant execute on function ensure_partitions to huangyu_ingest, huangyu_services;
comment on function ensure_partitions is 'Attach the missing weekly partitions of a long table between two times.';
*/

/*timescale:
create function ensure_partitions(parent regclass, from_at timestamptz, until_at timestamptz) returns integer
language sql immutable as $$ select 0 $$;
grant execute on function ensure_partitions to huangyu_ingest, huangyu_services;
comment on function ensure_partitions is 'Nothing to do: chunks come by themselves.';
*/

-- Rights: ingest writes what gateways send and nothing else; services read all and keep their own tables ------
grant select, insert, update on gateway, gateway_seq, gateway_gap, gateway_health_latest, series_latest, target,
    target_latest, target_static, quarantine to huangyu_ingest;
grant select, insert, update /*plain: (qc) */ on reading to huangyu_ingest;
grant select, insert on cage, series, nmea_raw, position, rollup_dirty, gateway_health, safety_text
    to huangyu_ingest;
grant select on farm, position_source, position_degrees, target_particulars to huangyu_ingest;
grant select on all tables in schema public to huangyu_services;
grant insert, update on farm, cage, gateway, series, series_latest, target, target_latest, target_static to huangyu_services;
grant insert, update /*plain: (qc) */, delete on reading to huangyu_services;
grant insert, delete on position, nmea_raw, gateway_health, quarantine, safety_text, rollup_dirty to huangyu_services;
grant delete on gateway_seq to huangyu_services;
grant delete on rollup_dirty to huangyu_ingest;
