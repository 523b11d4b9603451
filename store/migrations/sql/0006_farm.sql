-- The farm: plates of the cages, what people log of the fish, services of the probes, counts by cameras.

create table cage_profile (
    cage_id text primary key references cage,
    farm_id text references farm,
    kind text not null default 'hdpe_gravity' check (kind in ('hdpe_gravity', 'wooden_raft', 'steel_frame', 'net_enclosure')),
    volume_m3 real check (volume_m3 > 0),
    width_m real check (width_m > 0),
    solidity real check (solidity > 0 and solidity < 1),
    net_cleaned_at timestamptz,
    aerator_kw real check (aerator_kw >= 0),
    design_tension_kn real check (design_tension_kn > 0),
    anchor_lat_deg double precision check (anchor_lat_deg between -90 and 90),
    anchor_lon_deg double precision check (anchor_lon_deg between -180 and 180),
    circle_radius_m real check (circle_radius_m > 0),
    battery_ah real check (battery_ah > 0),
    load_w real check (load_w >= 0),
    updated_at timestamptz not null default now()
);
comment on table cage_profile is 'Plate of a cage: what its rules need to know; NULL takes the default of config/rules.';
comment on column cage_profile.cage_id is 'The cage.';
comment on column cage_profile.farm_id is 'Its farm, for access.';
comment on column cage_profile.kind is 'Construction: hdpe_gravity, wooden_raft, steel_frame, net_enclosure.';
comment on column cage_profile.volume_m3 is 'Water inside the net. [m3]';
comment on column cage_profile.width_m is 'Across the net in the line of the current. [m]';
comment on column cage_profile.solidity is 'Share of the clean net that is twine. [0-1]';
comment on column cage_profile.net_cleaned_at is 'When the net was last cleaned or changed.';
comment on column cage_profile.aerator_kw is 'Power of its aerators. [kW]';
comment on column cage_profile.design_tension_kn is 'Design tension of one mooring line. [kN]';
comment on column cage_profile.anchor_lat_deg is 'Middle of its watch circle, WGS 84. [deg]';
comment on column cage_profile.anchor_lon_deg is 'Middle of its watch circle, WGS 84. [deg]';
comment on column cage_profile.circle_radius_m is 'How far its moorings let it move. [m]';
comment on column cage_profile.battery_ah is 'Capacity of its buoy''s battery. [Ah]';
comment on column cage_profile.load_w is 'Mean load of its instruments. [W]';
comment on column cage_profile.updated_at is 'When it was last changed.';

create table farm_log (
    entry_id bigint generated always as identity primary key,
    cage_id text not null references cage,
    farm_id text references farm,
    at timestamptz not null,
    kind text not null check (kind in ('stocking', 'harvest', 'transfer_in', 'transfer_out', 'mortality', 'feeding',
        'treatment', 'sample', 'cleaning', 'note')),
    fish_count integer check (fish_count > 0),
    mean_weight_g real check (mean_weight_g > 0 and mean_weight_g <= 20000),
    feed_kg real check (feed_kg > 0),
    substance text not null default '',
    dose text not null default '',
    note text not null default '',
    entered_by text not null default '',
    entered_at timestamptz not null default now(),
    source_file text not null default '',
    withdrawn_at timestamptz,
    withdrawn_by text,
    check (kind not in ('stocking', 'harvest', 'transfer_in', 'transfer_out', 'mortality') or fish_count is not null),
    check (kind not in ('stocking', 'transfer_in', 'sample') or mean_weight_g is not null),
    check (kind <> 'feeding' or feed_kg is not null),
    check (kind <> 'treatment' or substance <> '')
);
create unique index farm_log_once on farm_log (cage_id, at, kind, coalesce(fish_count, 0), coalesce(mean_weight_g, 0),
    coalesce(feed_kg, 0), substance, dose, note) where withdrawn_at is null;
create index farm_log_cage on farm_log (cage_id, at);
comment on table farm_log is 'What people did with the fish; a wrong row is withdrawn, never changed.';
comment on column farm_log.entry_id is 'Running number.';
comment on column farm_log.cage_id is 'The cage.';
comment on column farm_log.farm_id is 'Its farm, for access.';
comment on column farm_log.at is 'When it was done.';
comment on column farm_log.kind is 'stocking harvest transfer_in transfer_out mortality feeding treatment sample cleaning note.';
comment on column farm_log.fish_count is 'Fish stocked, taken, moved or dead; in a sample how many were weighed.';
comment on column farm_log.mean_weight_g is 'Mean weight of a fish. [g]';
comment on column farm_log.feed_kg is 'Feed given. [kg]';
comment on column farm_log.substance is 'Medicine or chemical of a treatment.';
comment on column farm_log.dose is 'Dose as written by the person, with its unit.';
comment on column farm_log.note is 'Free words.';
comment on column farm_log.entered_by is 'Login of the person.';
comment on column farm_log.entered_at is 'When it was entered.';
comment on column farm_log.source_file is 'Name of the imported file, empty for a form.';
comment on column farm_log.withdrawn_at is 'When it was taken back; NULL while it counts.';
comment on column farm_log.withdrawn_by is 'Who took it back.';

create table calibration (
    calibration_id bigint generated always as identity primary key,
    cage_id text not null references cage,
    farm_id text references farm,
    point text not null check (point <> ''),
    quantity text not null check (quantity <> ''),
    at timestamptz not null,
    kind text not null check (kind in ('cleaned', 'calibrated', 'replaced')),
    reference_value real,
    reading_value real,
    gain real not null default 1 check (gain > 0),
    offset_value real not null default 0,
    by_person text not null default '',
    note text not null default '',
    unique (cage_id, point, quantity, at)
);
comment on table calibration is 'Services of probes; gain and offset correct its readings from then to the next row.';
comment on column calibration.calibration_id is 'Running number.';
comment on column calibration.cage_id is 'The cage.';
comment on column calibration.farm_id is 'Its farm, for access.';
comment on column calibration.point is 'Measuring point: d2, d6 …';
comment on column calibration.quantity is 'Quantity with unit: do_mg_l …';
comment on column calibration.at is 'When; from then on it holds.';
comment on column calibration.kind is 'cleaned, calibrated or replaced.';
comment on column calibration.reference_value is 'What a reference instrument said, in the quantity''s unit.';
comment on column calibration.reading_value is 'What the probe said beside it.';
comment on column calibration.gain is 'True value = gain * reading + offset_value.';
comment on column calibration.offset_value is 'See gain; in the quantity''s unit.';
comment on column calibration.by_person is 'Login of the person.';
comment on column calibration.note is 'Free words.';

create table vision_count (
    cage_id text not null references cage,
    farm_id text references farm,
    observed_at timestamptz not null,
    camera text not null,
    fish_count integer check (fish_count >= 0),
    length_mean_cm real check (length_mean_cm > 0),
    length_p10_cm real check (length_p10_cm > 0),
    length_p90_cm real check (length_p90_cm >= length_p10_cm),
    n_measured integer not null default 0 check (n_measured >= 0),
    confidence real check (confidence between 0 and 1),
    model text not null default '',
    primary key (cage_id, camera, observed_at)
);
comment on table vision_count is 'Input for camera systems: fish counted and measured in a span of video.';
comment on column vision_count.cage_id is 'The cage.';
comment on column vision_count.farm_id is 'Its farm, for access.';
comment on column vision_count.observed_at is 'End of the span of video.';
comment on column vision_count.camera is 'Which camera.';
comment on column vision_count.fish_count is 'Fish counted.';
comment on column vision_count.length_mean_cm is 'Mean fork length. [cm]';
comment on column vision_count.length_p10_cm is '10th percentile of length. [cm]';
comment on column vision_count.length_p90_cm is '90th percentile of length. [cm]';
comment on column vision_count.n_measured is 'Fish measured.';
comment on column vision_count.confidence is 'As the camera system states it. [0-1]';
comment on column vision_count.model is 'Name and version of the camera system''s model.';

grant select, insert, update on cage_profile, farm_log, calibration, vision_count to huangyu_services, huangyu_admin;
grant select on cage_profile, farm_log, calibration, vision_count to huangyu_ingest;
grant insert on vision_count to huangyu_ingest;
select access_guard('cage_profile', 'farm_id = any (access_farms())', 'SELECT, INSERT, UPDATE');
select access_guard('farm_log', 'farm_id = any (access_farms())', 'SELECT, INSERT',
    'farm_id = any (access_farms()) and exists (select from cage c where c.cage_id = farm_log.cage_id and c.farm_id = farm_log.farm_id)');
select access_guard('calibration', 'farm_id = any (access_farms())', 'SELECT, INSERT',
    'farm_id = any (access_farms()) and exists (select from cage c where c.cage_id = calibration.cage_id and c.farm_id = calibration.farm_id)');
select access_guard('vision_count', 'farm_id = any (access_farms())');
