-- Safety at sea: zones, closed seasons and permits, trips and contact duty, the watch list, activations of distress devices.

-- Zones ------------------------------------------------------------------------------------------------
create table zone (
    zone_id text primary key check (zone_id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    name_zh text not null check (name_zh <> ''),
    name_en text not null default '',
    purpose text not null check (purpose in ('cage_farm', 'wind_farm', 'fairway', 'anchorage', 'port', 'high_risk',
        'closed_area', 'border_line', 'shelter')),
    geometry jsonb not null check (geometry ->> 'type' in ('Polygon', 'MultiPolygon', 'LineString')),
    buffer_m real not null default 0 check (buffer_m between 0 and 50000),
    farm_id text references farm,
    valid_from timestamptz,
    valid_until timestamptz,
    source text not null check (source <> ''),
    version text not null,
    updated_at timestamptz not null default now(),
    check (valid_until is null or valid_from is null or valid_until > valid_from)
);
create index zone_farm on zone (farm_id);
comment on table zone is 'Polygons with a purpose: what a boat in them means is said by config/rules/zones.toml.';
comment on column zone.zone_id is 'Short id.';
comment on column zone.name_zh is 'Name in Chinese.';
comment on column zone.name_en is 'Name in English; empty: show the Chinese one.';
comment on column zone.purpose is 'What it is for: cage farm, wind farm, fairway, anchorage, port, high-risk water, closed area, border line, shelter.';
comment on column zone.geometry is 'GeoJSON geometry, WGS 84, longitude first.';
comment on column zone.buffer_m is 'Distance around the geometry that counts as inside, for example 500 m around cages. [m]';
comment on column zone.farm_id is 'Farm that it protects, NULL for others.';
comment on column zone.valid_from is 'In force from here; NULL: always was.';
comment on column zone.valid_until is 'Until here, exclusive; NULL: until withdrawn.';
comment on column zone.source is 'Notice, chart or file that it comes from.';
comment on column zone.version is 'Version of that source.';
comment on column zone.updated_at is 'When it was entered or changed.';

-- Closed season ----------------------------------------------------------------------------------------
create table season_rule (
    rule_id text primary key check (rule_id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    name_zh text not null check (name_zh <> ''),
    gears text[] not null check (cardinality(gears) > 0),
    except_gears text[] not null default '{}',
    lat_from_deg double precision not null check (lat_from_deg between -90 and 90),
    lat_until_deg double precision not null check (lat_until_deg between -90 and 90),
    closed_from timestamptz not null,
    closed_until timestamptz not null,
    source text not null check (source <> ''),
    version text not null,
    check (lat_until_deg > lat_from_deg),
    check (closed_until > closed_from)
);
comment on table season_rule is 'Closed season (伏季休渔): which gear may not fish where and when. Entered by the district, else config/rules/season.toml.';
comment on column season_rule.rule_id is 'Short id.';
comment on column season_rule.name_zh is 'Name in Chinese.';
comment on column season_rule.gears is 'Gears that it closes; * for all.';
comment on column season_rule.except_gears is 'Gears that it leaves open, for example angling (钓具).';
comment on column season_rule.lat_from_deg is 'Southern limit, inclusive. [deg]';
comment on column season_rule.lat_until_deg is 'Northern limit, inclusive. [deg]';
comment on column season_rule.closed_from is 'Closed from here, inclusive.';
comment on column season_rule.closed_until is 'Open again from here.';
comment on column season_rule.source is 'Notice that it comes from.';
comment on column season_rule.version is 'Version of that notice.';

create table season_permit (
    permit_id bigint generated always as identity primary key,
    mmsi integer not null,
    document_no text not null check (document_no <> ''),
    gear text not null default '*',
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    entered_at timestamptz not null default now(),
    entered_by text not null,
    unique (mmsi, document_no),
    check (valid_until > valid_from)
);
comment on table season_permit is 'Special permits (专项捕捞许可证) of single boats during the closed season.';
comment on column season_permit.permit_id is 'Running number.';
comment on column season_permit.mmsi is 'Boat.';
comment on column season_permit.document_no is 'Number of the permit.';
comment on column season_permit.gear is 'Gear that it allows; * for the boat''s own.';
comment on column season_permit.valid_from is 'Allowed from here, inclusive.';
comment on column season_permit.valid_until is 'Until here, exclusive.';
comment on column season_permit.entered_at is 'When it was entered.';
comment on column season_permit.entered_by is 'Who entered it.';

-- Trips and crew ---------------------------------------------------------------------------------------
create table trip_report (
    report_id text primary key check (report_id ~ '^[0-9a-f]{32}$'),
    mmsi integer not null,
    kind text not null check (kind in ('departure', 'arrival')),
    at timestamptz not null,
    port text not null default '',
    persons smallint check (persons between 0 and 500),
    officers jsonb not null default '[]',
    ordinary_certified smallint check (ordinary_certified >= 0),
    reporter text not null,
    source text not null check (source in ('csv', 'form', 'port_system')),
    received_at timestamptz not null default now()
);
create index trip_report_boat on trip_report (mmsi, at);
comment on table trip_report is 'Departure and arrival reports (进出港报告).';
comment on column trip_report.report_id is 'Hash of boat, kind and time: the same report twice is one.';
comment on column trip_report.mmsi is 'Boat.';
comment on column trip_report.kind is 'departure or arrival.';
comment on column trip_report.at is 'When the boat left or came in.';
comment on column trip_report.port is 'Port.';
comment on column trip_report.persons is 'People aboard, NULL when not said.';
comment on column trip_report.officers is 'Officers aboard: list of {"post": "二级船长", "valid_until": "2027-01-31"}; no names.';
comment on column trip_report.ordinary_certified is 'Others aboard with an ordinary crew certificate, NULL when not said.';
comment on column trip_report.reporter is 'Who reported: login, file or port system.';
comment on column trip_report.source is 'csv, form or port_system.';
comment on column trip_report.received_at is 'When it reached us.';

create table contact_check (
    mmsi integer not null,
    at timestamptz not null,
    by_login text not null,
    reached boolean not null,
    note text not null default '',
    primary key (mmsi, at)
);
comment on table contact_check is 'Hourly contact (点名) with boats that left their formation or fell silent.';
comment on column contact_check.mmsi is 'Boat.';
comment on column contact_check.at is 'When it was called.';
comment on column contact_check.by_login is 'Who called.';
comment on column contact_check.reached is 'Whether it answered.';
comment on column contact_check.note is 'What was said.';

create table temporary_group (
    group_id text not null check (group_id <> ''),
    mmsi integer not null,
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    made_by text not null,
    primary key (group_id, mmsi),
    check (valid_until > valid_from)
);
create index temporary_group_boat on temporary_group (mmsi);
comment on table temporary_group is 'Temporary formations (临时编组) made by the desk, until their boats rejoin their own.';
comment on column temporary_group.group_id is 'Name of the temporary formation.';
comment on column temporary_group.mmsi is 'Boat in it.';
comment on column temporary_group.valid_from is 'From here.';
comment on column temporary_group.valid_until is 'Until here, exclusive.';
comment on column temporary_group.made_by is 'Who made it.';

create table watch_list (
    mmsi integer primary key,
    reason_zh text not null check (reason_zh <> ''),
    reason_en text not null default '',
    points smallint not null default 20 check (points between 0 and 100),
    added_by text not null,
    added_at timestamptz not null default now(),
    until timestamptz
);
comment on table watch_list is 'Boats to be inspected (重点关注船舶).';
comment on column watch_list.mmsi is 'Boat.';
comment on column watch_list.reason_zh is 'Why, in Chinese.';
comment on column watch_list.reason_en is 'Why, in English.';
comment on column watch_list.points is 'Points that the entry adds to the risk score, 0..100.';
comment on column watch_list.added_by is 'Who put it on the list.';
comment on column watch_list.added_at is 'When.';
comment on column watch_list.until is 'Off the list from here; NULL: until taken off.';

-- Distress ---------------------------------------------------------------------------------------------
create table distress_activation (
    device text not null,
    started_at timestamptz not null,
    last_at timestamptz not null,
    is_test boolean not null,
    messages integer not null default 1 check (messages > 0),
    first_lat_deg double precision check (first_lat_deg between -90 and 90),
    first_lon_deg double precision check (first_lon_deg between -180 and 180),
    first_fix_at timestamptz,
    last_lat_deg double precision check (last_lat_deg between -90 and 90),
    last_lon_deg double precision check (last_lon_deg between -180 and 180),
    last_fix_at timestamptz,
    raw text not null default '',
    announced boolean not null default false,
    primary key (device, started_at),
    check (last_at >= started_at)
);
create index distress_activation_last on distress_activation (last_at);
comment on table distress_activation is 'Activations of AIS-SART, MOB, EPIRB, of ships with status 14, and radar SART dots.';
comment on column distress_activation.device is 'MMSI, or radar:<track>.';
comment on column distress_activation.started_at is 'Edge time of the first message.';
comment on column distress_activation.last_at is 'Edge time of the newest message.';
comment on column distress_activation.is_test is 'Whether the device said that it was a test.';
comment on column distress_activation.messages is 'Messages so far.';
comment on column distress_activation.first_lat_deg is 'First fix. [deg]';
comment on column distress_activation.first_lon_deg is 'First fix. [deg]';
comment on column distress_activation.first_fix_at is 'Edge time of the first fix.';
comment on column distress_activation.last_lat_deg is 'Newest fix. [deg]';
comment on column distress_activation.last_lon_deg is 'Newest fix. [deg]';
comment on column distress_activation.last_fix_at is 'Edge time of the newest fix.';
comment on column distress_activation.raw is 'First message as received or as text.';
comment on column distress_activation.announced is 'Whether its alarm has been open: then a person''s closing holds.';

create table radar_sart (
    track text not null check (track <> ''),
    observed_at timestamptz not null,
    lat_deg double precision not null check (lat_deg between -90 and 90),
    lon_deg double precision not null check (lon_deg between -180 and 180),
    reported_by text not null,
    primary key (track, observed_at)
);
comment on table radar_sart is 'SART dots on a radar as a radar operator or the radar''s software reported them.';
comment on column radar_sart.track is 'Name of the radar echo.';
comment on column radar_sart.observed_at is 'When it was seen.';
comment on column radar_sart.lat_deg is 'Position of the nearest dot: the SART. [deg]';
comment on column radar_sart.lon_deg is 'Position of the nearest dot. [deg]';
comment on column radar_sart.reported_by is 'Who reported it.';

-- Rights -----------------------------------------------------------------------------------------------
grant select, insert, update, delete on zone, season_rule, season_permit, trip_report, contact_check, temporary_group,
    watch_list, distress_activation, radar_sart to huangyu_services;
select access_guard('zone', 'access_person() is not null');
select access_guard('season_rule', 'access_person() is not null');
select access_guard('season_permit', 'access_sees_sea() or mmsi = any (access_vessels())');
select access_guard('trip_report', 'access_sees_sea() or mmsi = any (access_vessels())', 'SELECT, INSERT', 'access_sees_sea()');
select access_guard('contact_check', 'access_sees_sea()', 'SELECT, INSERT');
select access_guard('temporary_group', 'access_sees_sea()', 'SELECT, INSERT');
select access_guard('watch_list', 'access_sees_sea()', 'SELECT, INSERT, UPDATE, DELETE');
select access_guard('distress_activation', 'access_person() is not null');
select access_guard('radar_sart', 'access_sees_sea()', 'SELECT, INSERT');
