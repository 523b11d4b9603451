-- Vessels: the register with its history, boats exempt from it, what the identity rules found, detections without AIS,
-- and the chain of evidence bundles.

-- Register ---------------------------------------------------------------------------------------------
create table register_import (
    import_id bigint generated always as identity primary key,
    imported_at timestamptz not null default now(),
    actor text not null,
    file_name text not null default '',
    file_sha256 text not null check (file_sha256 ~ '^[0-9a-f]{64}$'),
    n_rows integer not null check (n_rows >= 0),
    n_new integer not null check (n_new >= 0),
    n_changed integer not null check (n_changed >= 0),
    n_removed integer not null check (n_removed >= 0),
    n_problems integer not null check (n_problems >= 0)
);
comment on table register_import is 'Who imported which register file, and what it changed.';
comment on column register_import.import_id is 'Running number.';
comment on column register_import.imported_at is 'When.';
comment on column register_import.actor is 'Who: login or command line user.';
comment on column register_import.file_name is 'Name of the file, without its folder.';
comment on column register_import.file_sha256 is 'SHA-256 of the file.';
comment on column register_import.n_rows is 'Good rows in it.';
comment on column register_import.n_new is 'Boats that were not in the register.';
comment on column register_import.n_changed is 'Boats whose particulars changed.';
comment on column register_import.n_removed is 'Boats that a complete import no longer had.';
comment on column register_import.n_problems is 'Bad rows: listed to the person, not taken.';

create table vessel_register (
    boat_id text not null check (boat_id <> ''),
    version integer not null check (version > 0),
    valid_from timestamptz not null,
    valid_until timestamptz,
    import_id bigint references register_import,
    name_zh text not null,
    name_pinyin text not null default '',
    mmsi integer,
    extra_mmsi integer[] not null default '{}',
    call_sign text,
    certificate_no text,
    registration_until date,
    inspection_no text,
    inspection_until date,
    permit_no text,
    permit_until date,
    port text,
    gear text,
    vessel_type text,
    length_m real check (length_m > 0),
    beam_m real check (beam_m > 0),
    tonnage_gt real check (tonnage_gt >= 0),
    power_kw real check (power_kw >= 0),
    wind_class_bft smallint check (wind_class_bft between 0 and 17),
    hs_limit_m real check (hs_limit_m > 0),
    min_crew smallint check (min_crew >= 0),
    max_persons smallint check (max_persons >= 0),
    beidou_id text,
    group_name text,
    owner text,
    owner_phone text,
    exempt_kind text,
    primary key (boat_id, version),
    check (valid_until is null or valid_until > valid_from)
);
create unique index vessel_register_current on vessel_register (boat_id) where valid_until is null;
create index vessel_register_mmsi on vessel_register (mmsi) where mmsi is not null;
create index vessel_register_extra on vessel_register using gin (extra_mmsi);
create index vessel_register_name on vessel_register (name_zh);
create index vessel_register_beidou on vessel_register (beidou_id) where beidou_id is not null;
comment on table vessel_register is 'Register of fishing boats (船舶登记), every version kept: what it said at the time of a sighting.';
comment on column vessel_register.boat_id is 'Certificate number where there is one, else name in Chinese.';
comment on column vessel_register.version is 'Version of this boat''s row, from 1.';
comment on column vessel_register.valid_from is 'This version holds from here.';
comment on column vessel_register.valid_until is 'Until here, exclusive; NULL: it holds now.';
comment on column vessel_register.import_id is 'Import that brought it; NULL: entered by hand.';
comment on column vessel_register.name_zh is 'Name in Chinese, 浙洞渔12345.';
comment on column vessel_register.name_pinyin is 'Name as sent on AIS, ZHEDONGYU12345; empty: by the rules of reading.';
comment on column vessel_register.mmsi is 'MMSI of its main AIS.';
comment on column vessel_register.extra_mmsi is 'Further MMSIs that it may rightly use.';
comment on column vessel_register.call_sign is 'Call sign.';
comment on column vessel_register.certificate_no is 'Certificate of registry (登记证书), number.';
comment on column vessel_register.registration_until is 'Its last day.';
comment on column vessel_register.inspection_no is 'Inspection certificate (检验证书), number.';
comment on column vessel_register.inspection_until is 'Its last day.';
comment on column vessel_register.permit_no is 'Fishing permit (捕捞许可证), number.';
comment on column vessel_register.permit_until is 'Its last day.';
comment on column vessel_register.port is 'Port of registry (船籍港).';
comment on column vessel_register.gear is 'Fishing gear or method.';
comment on column vessel_register.vessel_type is 'Type of vessel: 捕捞船, 养殖船, 运输船 …';
comment on column vessel_register.length_m is 'Length over all. [m]';
comment on column vessel_register.beam_m is 'Breadth. [m]';
comment on column vessel_register.tonnage_gt is 'Gross tonnage. [GT]';
comment on column vessel_register.power_kw is 'Main engine. [kW]';
comment on column vessel_register.wind_class_bft is 'Wind class (抗风等级). [Beaufort]';
comment on column vessel_register.hs_limit_m is 'Significant wave height up to which it may be out. [m]';
comment on column vessel_register.min_crew is 'Smallest crew.';
comment on column vessel_register.max_persons is 'Most persons aboard, by its certificate.';
comment on column vessel_register.beidou_id is 'Beidou terminal number.';
comment on column vessel_register.group_name is 'Formation group (编组).';
comment on column vessel_register.owner is 'Owner.';
comment on column vessel_register.owner_phone is 'Owner''s phone: shown masked, never logged.';
comment on column vessel_register.exempt_kind is 'Farm, ferry or work boat on the exempt list: kind; NULL for a fishing boat.';

create view exempt_vessel as
select boat_id, version, valid_from, valid_until, name_zh, name_pinyin, mmsi, port, exempt_kind
from vessel_register where exempt_kind is not null;
comment on view exempt_vessel is 'Boats of the register that districts exempt: farm, ferry and work boats.';

-- Verdicts ---------------------------------------------------------------------------------------------
create table target_verdict (
    target_id text primary key,
    mmsi integer not null,
    class text not null,
    probability real not null check (probability between 0 and 1),
    limbs jsonb not null,
    reasons_zh text[] not null,
    reasons_en text[] not null,
    evidence jsonb not null default '[]',
    facts jsonb not null default '{}',
    boat_id text,
    boat_version integer,
    rule_version text not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    judged_at timestamptz not null,
    lat_deg double precision check (lat_deg between -90 and 90),
    lon_deg double precision check (lon_deg between -180 and 180),
    foreign key (boat_id, boat_version) references vessel_register (boat_id, version)
) with (fillfactor = 70);
create index target_verdict_mmsi on target_verdict (mmsi);
create index target_verdict_class on target_verdict (class);
comment on table target_verdict is 'What the identity rules hold of each target now.';
comment on column target_verdict.target_id is 'MMSI; MMSI-2 and so on for further boats on one number; D… for a detection track.';
comment on column target_verdict.mmsi is 'Number as sent; below 0: detection track.';
comment on column target_verdict.class is 'Class of target, core.target.TargetClass.';
comment on column target_verdict.probability is 'Probability that the class is right, calibrated.';
comment on column target_verdict.limbs is 'name, certificate, port, match: state and reasons.';
comment on column target_verdict.reasons_zh is 'Why, sentences in Chinese, the weightiest first.';
comment on column target_verdict.reasons_en is 'The same in English.';
comment on column target_verdict.evidence is 'What the verdict rests on: kind, ref, text, observed_at.';
comment on column target_verdict.facts is 'Figures of the target''s track and statics.';
comment on column target_verdict.boat_id is 'Register row that it was compared with.';
comment on column target_verdict.boat_version is 'Its version.';
comment on column target_verdict.rule_version is 'Version of the screening rules.';
comment on column target_verdict.first_seen_at is 'First report.';
comment on column target_verdict.last_seen_at is 'Newest report.';
comment on column target_verdict.judged_at is 'When judged.';
comment on column target_verdict.lat_deg is 'Newest position. [deg]';
comment on column target_verdict.lon_deg is 'Newest position. [deg]';

create table target_verdict_history (
    target_id text not null,
    judged_at timestamptz not null,
    class text not null,
    probability real not null check (probability between 0 and 1),
    rule_version text not null,
    reason_zh text not null,
    reason_en text not null,
    primary key (target_id, judged_at)
);
comment on table target_verdict_history is 'Every change of a target''s class: append-only.';
comment on column target_verdict_history.target_id is 'Target.';
comment on column target_verdict_history.judged_at is 'When.';
comment on column target_verdict_history.class is 'Class from then on.';
comment on column target_verdict_history.probability is 'Its probability then.';
comment on column target_verdict_history.rule_version is 'Version of the rules.';
comment on column target_verdict_history.reason_zh is 'First reason, Chinese.';
comment on column target_verdict_history.reason_en is 'First reason, English.';

create table finding (
    finding_id bigint generated always as identity primary key,
    key text not null,
    rule text not null,
    rule_version text not null,
    condition text not null check (condition in ('active', 'cleared', 'unknown')),
    severity smallint not null check (severity between 1 and 4),
    subject_kind text not null,
    subject_id text not null,
    observed_at timestamptz not null,
    judged_at timestamptz not null,
    probability real check (probability between 0 and 1),
    reason_zh text not null,
    reason_en text not null,
    place_lat_deg double precision,
    place_lon_deg double precision,
    figures jsonb not null default '{}',
    evidence jsonb not null default '[]'
);
create index finding_key on finding (key, judged_at desc);
create index finding_subject on finding (subject_id, judged_at desc);
comment on table finding is 'Log of judgements that changed something: append-only.';
comment on column finding.finding_id is 'Running number.';
comment on column finding.key is 'Same trouble, same key: rule and subject.';
comment on column finding.rule is 'Rule.';
comment on column finding.rule_version is 'Version of its file.';
comment on column finding.condition is 'active, cleared or unknown.';
comment on column finding.severity is '1 blue to 4 red.';
comment on column finding.subject_kind is 'What it is about.';
comment on column finding.subject_id is 'Which one.';
comment on column finding.observed_at is 'Newest fact used.';
comment on column finding.judged_at is 'When judged.';
comment on column finding.probability is 'Probability, NULL for plain facts.';
comment on column finding.reason_zh is 'Why, Chinese.';
comment on column finding.reason_en is 'Why, English.';
comment on column finding.place_lat_deg is 'Where. [deg]';
comment on column finding.place_lon_deg is 'Where. [deg]';
comment on column finding.figures is 'The figures of the decision, names with units.';
comment on column finding.evidence is 'What it rests on.';

-- Detections -------------------------------------------------------------------------------------------
create table detection (
    detection_id bigint generated always as identity primary key,
    observed_at timestamptz not null,
    source text not null check (source in ('radar', 'optical', 'satellite')),
    sensor text not null default '',
    number integer,
    lat_deg double precision not null check (lat_deg between -90 and 90),
    lon_deg double precision not null check (lon_deg between -180 and 180),
    uncertainty_m real not null check (uncertainty_m > 0),
    length_m real check (length_m > 0),
    sog_kn real,
    cog_deg real,
    target_id text,
    matched_mmsi integer,
    match_probability real check (match_probability between 0 and 1),
    received_at timestamptz not null default now(),
    unique (sensor, number, observed_at, lat_deg, lon_deg)
);
create index detection_observed on detection (observed_at);
create index detection_target on detection (target_id, observed_at) where target_id is not null;
comment on table detection is 'What radar, cameras and satellites saw, and which reporting vessel it was found to be.';
comment on column detection.detection_id is 'Running number.';
comment on column detection.observed_at is 'When seen.';
comment on column detection.source is 'radar, optical or satellite.';
comment on column detection.sensor is 'Which radar, camera or product.';
comment on column detection.number is 'The sensor''s own number of the target; NULL where it has none.';
comment on column detection.lat_deg is 'Latitude. [deg]';
comment on column detection.lon_deg is 'Longitude. [deg]';
comment on column detection.uncertainty_m is 'One sigma of the position. [m]';
comment on column detection.length_m is 'Length seen. [m]';
comment on column detection.sog_kn is 'Speed. [kn]';
comment on column detection.cog_deg is 'Course. [deg]';
comment on column detection.target_id is 'Unidentified target that it belongs to; NULL when matched or clutter.';
comment on column detection.matched_mmsi is 'Reporting vessel that it was found to be.';
comment on column detection.match_probability is 'How sure.';
comment on column detection.received_at is 'Shore time.';

-- Evidence ---------------------------------------------------------------------------------------------
create table evidence_bundle (
    bundle_no bigint primary key check (bundle_no > 0),
    alert_id text not null,
    made_at timestamptz not null,
    actor text not null,
    file_name text not null,
    manifest_sha256 text not null check (manifest_sha256 ~ '^[0-9a-f]{64}$'),
    previous_sha256 text not null check (previous_sha256 ~ '^[0-9a-f]{64}$'),
    unique (previous_sha256)
);
create index evidence_bundle_alert on evidence_bundle (alert_id);
comment on table evidence_bundle is 'Bundles made, each chained to the one before: append-only.';
comment on column evidence_bundle.bundle_no is 'Running number, from 1 without a gap.';
comment on column evidence_bundle.alert_id is 'Alert that it proves.';
comment on column evidence_bundle.made_at is 'When.';
comment on column evidence_bundle.actor is 'Who.';
comment on column evidence_bundle.file_name is 'Name of the ZIP.';
comment on column evidence_bundle.manifest_sha256 is 'SHA-256 of its manifest.';
comment on column evidence_bundle.previous_sha256 is 'That of the bundle before; 64 zeros for the first.';

grant select on register_import, vessel_register, exempt_vessel, target_verdict, target_verdict_history, finding, detection,
    evidence_bundle to huangyu_services;
grant insert on register_import, vessel_register, target_verdict, target_verdict_history, finding, detection, evidence_bundle
    to huangyu_services;
grant update on vessel_register, target_verdict, detection to huangyu_services;
grant delete on target_verdict to huangyu_services;
grant insert on detection to huangyu_ingest;

