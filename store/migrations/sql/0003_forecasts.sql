-- Forecasts as issued, what came true, the models' kept state, gridded fields and storm tracks.
-- Times are UTC; leads are whole hours after origin_at.

create table forecast_run (
    run_id bigint generated always as identity primary key,
    place_id text not null check (place_id <> ''),
    farm_id text references farm,
    point text not null default '',
    quantity text not null check (quantity <> ''),
    issued_at timestamptz not null,
    origin_at timestamptz not null,
    horizon_h smallint not null check (horizon_h between 1 and 240),
    model text not null,
    model_version text not null,
    status text not null check (status in ('ok', 'degraded', 'cold_start')),
    notice_zh text not null default '',
    notice_en text not null default '',
    weights jsonb not null default '{}',
    shadow jsonb not null default '{}',
    scored_until timestamptz,
    unique (place_id, point, quantity, issued_at)
);
create index forecast_run_newest on forecast_run (place_id, quantity, point, origin_at desc);
create index forecast_run_unscored on forecast_run (origin_at) where scored_until is null;
create index forecast_run_farm on forecast_run (farm_id);
comment on table forecast_run is 'One forecast of one series as it was issued; never changed afterwards but for scored_until.';
comment on column forecast_run.run_id is 'Number of the forecast.';
comment on column forecast_run.place_id is 'Cage id, vessel "mmsi:<number>" or zone "zone:<id>".';
comment on column forecast_run.farm_id is 'Farm whose farmers may see it; NULL for the sea.';
comment on column forecast_run.point is 'Measuring point of the series, for example d2; empty for a place as a whole.';
comment on column forecast_run.quantity is 'What is forecast, a key of core.units: do_mg_l, hs_m, wind_mps.';
comment on column forecast_run.issued_at is 'When it was made.';
comment on column forecast_run.origin_at is 'Start of the hour after the last one used: lead 1 is the value of the hour that starts here.';
comment on column forecast_run.horizon_h is 'Number of leads. [h]';
comment on column forecast_run.model is 'What made it: blend, persistence (after demotion), cold_start, grid.';
comment on column forecast_run.model_version is 'Version of that model.';
comment on column forecast_run.status is 'ok; degraded: an input is late or missing; cold_start: too little history.';
comment on column forecast_run.notice_zh is 'Why it is degraded, Chinese; empty when it is not.';
comment on column forecast_run.notice_en is 'The same in English.';
comment on column forecast_run.weights is 'Share of each member, by name.';
comment on column forecast_run.shadow is 'While the model is set aside: its own deciles at the scored leads, by lead, so that it can win its place back.';
comment on column forecast_run.scored_until is 'When its last lead was scored; NULL while truth is awaited.';

create table forecast_quantile (
    run_id bigint not null references forecast_run on delete cascade,
    lead_h smallint not null check (lead_h between 1 and 240),
    valid_at timestamptz not null,
    q10 real not null, q20 real not null, q30 real not null, q40 real not null, q50 real not null,
    q60 real not null, q70 real not null, q80 real not null, q90 real not null,
    primary key (run_id, lead_h),
    check (q10 <= q20 and q20 <= q30 and q30 <= q40 and q40 <= q50 and q50 <= q60 and q60 <= q70 and q70 <= q80 and q80 <= q90)
);
comment on table forecast_quantile is 'The fan of a forecast: nine deciles for each lead, in the quantity''s unit.';
comment on column forecast_quantile.run_id is 'Forecast.';
comment on column forecast_quantile.lead_h is 'Lead. [h]';
comment on column forecast_quantile.valid_at is 'Start of the hour that it is for.';
comment on column forecast_quantile.q10 is 'Value not reached with a chance of 10 %.';
comment on column forecast_quantile.q20 is '20 %.';
comment on column forecast_quantile.q30 is '30 %.';
comment on column forecast_quantile.q40 is '40 %.';
comment on column forecast_quantile.q50 is 'Median.';
comment on column forecast_quantile.q60 is '60 %.';
comment on column forecast_quantile.q70 is '70 %.';
comment on column forecast_quantile.q80 is '80 %.';
comment on column forecast_quantile.q90 is '90 %.';

create table forecast_path (
    run_id bigint primary key references forecast_run on delete cascade,
    n_paths smallint not null check (n_paths > 0),
    "values" real[] not null,
    check (cardinality("values") % n_paths = 0)
);
comment on table forecast_path is 'Equally likely joint futures of the newest forecasts; older ones keep quantiles and risks only.';
comment on column forecast_path.run_id is 'Forecast.';
comment on column forecast_path.n_paths is 'Number of futures.';
comment on column forecast_path."values" is 'n_paths rows of horizon_h values, in the quantity''s unit.';

create table forecast_risk (
    run_id bigint not null references forecast_run on delete cascade,
    limit_value real not null,
    below boolean not null,
    window_h smallint not null check (window_h between 1 and 240),
    probability real not null check (probability between 0 and 1),
    expected_hours real not null check (expected_hours >= 0),
    worst_at timestamptz not null,
    onset_p10_at timestamptz,
    onset_p50_at timestamptz,
    onset_p90_at timestamptz,
    severity smallint check (severity between 1 and 4),
    happened boolean,
    onset_at timestamptz,
    primary key (run_id, limit_value, below, window_h)
);
comment on table forecast_risk is 'Chance that a limit is crossed within a window, from the joint futures; and whether it was.';
comment on column forecast_risk.run_id is 'Forecast.';
comment on column forecast_risk.limit_value is 'Limit, in the quantity''s unit.';
comment on column forecast_risk.below is 'True: the danger is below the limit (oxygen); false: above it (waves, wind).';
comment on column forecast_risk.window_h is 'Window from the origin. [h]';
comment on column forecast_risk.probability is 'Share of futures that cross it in the window.';
comment on column forecast_risk.expected_hours is 'Mean hours beyond the limit in the window. [h]';
comment on column forecast_risk.worst_at is 'Hour in which most futures are beyond it.';
comment on column forecast_risk.onset_p10_at is 'Among futures that cross it: one in ten has by then.';
comment on column forecast_risk.onset_p50_at is 'Half of them have by then.';
comment on column forecast_risk.onset_p90_at is 'Nine in ten have by then.';
comment on column forecast_risk.severity is 'Warning colour that the limit stands for: 1 blue to 4 red; NULL for none.';
comment on column forecast_risk.happened is 'Whether it came true; NULL until the window is over or where truth is missing.';
comment on column forecast_risk.onset_at is 'When it did first; NULL when it did not.';

create table forecast_score (
    run_id bigint not null references forecast_run on delete cascade,
    model text not null,
    lead_h smallint not null check (lead_h between 1 and 240),
    truth real not null,
    pinball real not null check (pinball >= 0),
    covered80 boolean,
    error real not null,
    primary key (run_id, model, lead_h)
);
create index forecast_score_lead on forecast_score (model, lead_h);
comment on table forecast_score is 'How far a forecast was from what came, at chosen leads, next to persistence.';
comment on column forecast_score.run_id is 'Forecast.';
comment on column forecast_score.model is 'The forecast''s own model, or persistence for the reference at the same origin.';
comment on column forecast_score.lead_h is 'Lead. [h]';
comment on column forecast_score.truth is 'What was measured, in the quantity''s unit.';
comment on column forecast_score.pinball is 'Mean pinball loss over the nine deciles, in the quantity''s unit.';
comment on column forecast_score.covered80 is 'Whether truth lay between q10 and q90; NULL for a reference without a fan.';
comment on column forecast_score.error is 'Median minus truth, in the quantity''s unit.';

create table forecast_state (
    place_id text not null,
    point text not null default '',
    quantity text not null,
    fitted_at timestamptz not null,
    version text not null,
    state bytea not null check (octet_length(state) <= 65536),
    primary key (place_id, point, quantity)
);
comment on table forecast_state is 'Fitted model of one series, kept between passes and restarts.';
comment on column forecast_state.place_id is 'As in forecast_run.';
comment on column forecast_state.point is 'As in forecast_run.';
comment on column forecast_state.quantity is 'As in forecast_run.';
comment on column forecast_state.fitted_at is 'End of the history it was fitted on.';
comment on column forecast_state.version is 'Version of the model''s form; another one is fitted anew.';
comment on column forecast_state.state is 'Parameters (npz of float32), at most 64 KB.';

create table forecast_demotion (
    quantity text not null,
    place_id text not null,
    point text not null default '',
    demoted boolean not null,
    decided_at timestamptz not null,
    skill real,
    cases integer not null check (cases >= 0),
    reason_zh text not null,
    reason_en text not null,
    primary key (place_id, point, quantity)
);
comment on table forecast_demotion is 'Whether a series'' model is set aside for persistence because it fell behind it.';
comment on column forecast_demotion.quantity is 'As in forecast_run.';
comment on column forecast_demotion.place_id is 'As in forecast_run.';
comment on column forecast_demotion.point is 'As in forecast_run.';
comment on column forecast_demotion.demoted is 'True while persistence stands in for it.';
comment on column forecast_demotion.decided_at is 'When it was last decided.';
comment on column forecast_demotion.skill is '1 - pinball of the model / pinball of persistence over the window; below 0 it is behind.';
comment on column forecast_demotion.cases is 'Scored leads that the decision rests on.';
comment on column forecast_demotion.reason_zh is 'Why, Chinese.';
comment on column forecast_demotion.reason_en is 'Why, English.';

create table grid_run (
    grid_run_id bigint generated always as identity primary key,
    source text not null check (source <> ''),
    init_at timestamptz not null,
    received_at timestamptz not null,
    file_name text not null default '',
    sha256 text not null default '',
    notice_zh text not null default '',
    notice_en text not null default '',
    unique (source, init_at)
);
comment on table grid_run is 'One run of a numerical model (or of the parametric typhoon wind) as taken in.';
comment on column grid_run.grid_run_id is 'Number of the run.';
comment on column grid_run.source is 'Whose run: ecmwf, gfs, cmems, nmefc, typhoon, or the feed''s name.';
comment on column grid_run.init_at is 'Initial time of the run.';
comment on column grid_run.received_at is 'When it was taken in.';
comment on column grid_run.file_name is 'Name of the file it came from, empty when computed here.';
comment on column grid_run.sha256 is 'Digest of that file: the same file twice is taken in once.';
comment on column grid_run.notice_zh is 'What is wrong with it (missing fields, cut short), Chinese.';
comment on column grid_run.notice_en is 'The same in English.';

create table grid_field (
    grid_run_id bigint not null references grid_run on delete cascade,
    quantity text not null,
    member smallint not null default 0 check (member >= 0),
    lat_deg real[] not null,
    lon_deg real[] not null,
    lead_h real[] not null,
    "values" bytea not null,
    primary key (grid_run_id, quantity, member)
);
comment on table grid_field is 'One quantity of a run over our sea area, cut out of the file.';
comment on column grid_field.grid_run_id is 'Run.';
comment on column grid_field.quantity is 'Key of core.units: hs_m, tp_s, dp_deg, wind_mps, wind_dir_deg, current_mps, current_dir_deg, water_temp_c, pressure_hpa.';
comment on column grid_field.member is 'Ensemble member, 0 for the control or a single run.';
comment on column grid_field.lat_deg is 'Latitudes, ascending. [deg]';
comment on column grid_field.lon_deg is 'Longitudes, ascending. [deg]';
comment on column grid_field.lead_h is 'Leads after init_at, ascending. [h]';
comment on column grid_field."values" is 'zlib of float32 little-endian, lead x lat x lon, NaN where the file had none.';

create table storm_track (
    storm_id text not null,
    source text not null,
    issued_at timestamptz not null,
    kind text not null check (kind in ('best', 'forecast')),
    name_zh text not null default '',
    name_en text not null default '',
    points jsonb not null,
    primary key (storm_id, source, issued_at)
);
create index storm_track_newest on storm_track (issued_at desc);
comment on table storm_track is 'Track of a tropical cyclone as an agency issued it.';
comment on column storm_track.storm_id is 'Number of the storm, for example 2509 or WP112025.';
comment on column storm_track.source is 'Agency or file.';
comment on column storm_track.issued_at is 'When it was issued; for a best track the last point.';
comment on column storm_track.kind is 'best: analysed past; forecast: with future points.';
comment on column storm_track.name_zh is 'Name, Chinese.';
comment on column storm_track.name_en is 'Name, English.';
comment on column storm_track.points is 'List of {at, lat_deg, lon_deg, wind_mps, pressure_hpa, rmw_km, r17_km}; absent is null.';

grant select, insert, update, delete on forecast_run, forecast_quantile, forecast_path, forecast_risk, forecast_score,
    forecast_state, forecast_demotion, grid_run, grid_field, storm_track to huangyu_services, huangyu_admin;
