-- Positions of Beidou terminals, as a fishery's platform hands them over; the register says whose a terminal is.
create table beidou_fix (
    beidou_id text not null check (beidou_id <> ''),
    observed_at timestamptz not null,
    lat_deg double precision not null check (lat_deg between -90 and 90),
    lon_deg double precision not null check (lon_deg between -180 and 180),
    received_at timestamptz not null default now(),
    primary key (beidou_id, observed_at)
);
create index beidou_fix_received on beidou_fix (received_at);
create index beidou_fix_observed on beidou_fix (observed_at);
comment on table beidou_fix is 'Where Beidou terminals were, held against AIS boat by boat.';
comment on column beidou_fix.beidou_id is 'Terminal (card) number, as in vessel_register.';
comment on column beidou_fix.observed_at is 'When the terminal was there.';
comment on column beidou_fix.lat_deg is 'Latitude, WGS 84. [deg]';
comment on column beidou_fix.lon_deg is 'Longitude, WGS 84. [deg]';
comment on column beidou_fix.received_at is 'Shore time.';

select access_guard('beidou_fix', '(select access_sees_sea())');
grant select, insert on beidou_fix to huangyu_services;
