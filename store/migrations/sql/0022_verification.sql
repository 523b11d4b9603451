-- How good forecasts were, kept for ever in small tables; single forecasts are forgotten after a while.

alter table forecast_score add column crps real check (crps >= 0);
comment on column forecast_score.crps is 'Continuous ranked probability score of the fan, in the quantity''s unit; NULL for scores of older versions.';
alter table forecast_risk add column warned boolean, add column ongoing boolean;
comment on column forecast_risk.warned is 'Whether acting on it paid by the rule of that hour: chance >= cost / loss, enough hours beyond; NULL until settled.';
comment on column forecast_risk.ongoing is 'Whether it was beyond the limit already when the forecast was made: then its coming is no onset; NULL until settled.';

create table forecast_skill (
    place_id text not null,
    point text not null default '',
    quantity text not null,
    model text not null,
    lead_h smallint not null check (lead_h between 1 and 240),
    day date not null,
    farm_id text references farm,
    cases integer not null check (cases > 0),
    pinball double precision not null check (pinball >= 0),
    crps double precision not null check (crps >= 0),
    inside integer not null check (inside between 0 and cases),
    error double precision not null,
    absolute double precision not null check (absolute >= 0),
    primary key (place_id, point, quantity, model, lead_h, day)
);
create index forecast_skill_day on forecast_skill (day);
create index forecast_skill_farm on forecast_skill (farm_id);
comment on table forecast_skill is 'Sums of the scores of all forecasts of one series that were made on one day, by model and lead.';
comment on column forecast_skill.place_id is 'As in forecast_run.';
comment on column forecast_skill.point is 'As in forecast_run.';
comment on column forecast_skill.quantity is 'As in forecast_run.';
comment on column forecast_skill.model is 'blend, grid, cold_start; persistence for the reference.';
comment on column forecast_skill.lead_h is 'Lead. [h]';
comment on column forecast_skill.day is 'Day of issue in China.';
comment on column forecast_skill.farm_id is 'Farm whose farmers may see it; NULL for the sea.';
comment on column forecast_skill.cases is 'Forecasts scored.';
comment on column forecast_skill.pinball is 'Sum of the mean pinball loss over the nine deciles, in the quantity''s unit.';
comment on column forecast_skill.crps is 'Sum of the continuous ranked probability score, in the quantity''s unit.';
comment on column forecast_skill.inside is 'How often truth lay in the 80 % range.';
comment on column forecast_skill.error is 'Sum of median minus truth, in the quantity''s unit.';
comment on column forecast_skill.absolute is 'Sum of its absolute value.';

create table forecast_event (
    place_id text not null,
    point text not null default '',
    quantity text not null,
    severity smallint not null check (severity between 1 and 4),
    window_h smallint not null check (window_h between 1 and 240),
    month date not null,
    bin smallint not null check (bin between 0 and 9),
    farm_id text references farm,
    cases integer not null check (cases > 0),
    chance double precision not null check (chance >= 0),
    came integer not null check (came between 0 and cases),
    brier double precision not null check (brier >= 0),
    cost double precision not null check (cost >= 0),
    fresh integer not null check (fresh between 0 and cases),
    warned integer not null check (warned between 0 and fresh),
    hits integer not null check (hits between 0 and warned),
    misses integer not null check (misses between 0 and fresh),
    primary key (place_id, point, quantity, severity, window_h, month, bin)
);
create index forecast_event_month on forecast_event (month);
create index forecast_event_farm on forecast_event (farm_id);
comment on table forecast_event is 'Chances that were told and what came, of one series, limit, window and month, by tenths of the chance.';
comment on column forecast_event.place_id is 'As in forecast_run.';
comment on column forecast_event.point is 'As in forecast_run.';
comment on column forecast_event.quantity is 'As in forecast_run.';
comment on column forecast_event.severity is 'Colour of the limit, 1 blue to 4 red.';
comment on column forecast_event.window_h is 'Window from the origin. [h]';
comment on column forecast_event.month is 'First day of the month of issue in China.';
comment on column forecast_event.bin is 'Tenth of the chance: 0 below 10 %, 9 from 90 % up.';
comment on column forecast_event.farm_id is 'Farm whose farmers may see it; NULL for the sea.';
comment on column forecast_event.cases is 'Forecasts settled.';
comment on column forecast_event.chance is 'Sum of the chances told.';
comment on column forecast_event.came is 'How often it came.';
comment on column forecast_event.brier is 'Sum of (chance - outcome) squared.';
comment on column forecast_event.cost is 'Sum of what deciding by it cost, in units of the loss: cost / loss when acted, 1 when it came unwarned.';
comment on column forecast_event.fresh is 'Cases in which it was not beyond the limit already at issue: those that onsets are judged by.';
comment on column forecast_event.warned is 'Of these, how often acting paid by the rule.';
comment on column forecast_event.hits is 'Warned and came.';
comment on column forecast_event.misses is 'Came unwarned.';

create table forecast_onset (
    place_id text not null,
    point text not null default '',
    quantity text not null,
    severity smallint not null check (severity between 1 and 4),
    onset_at timestamptz not null,
    farm_id text references farm,
    limit_value real not null,
    warned_at timestamptz,
    forecasts integer not null check (forecasts > 0),
    warned integer not null check (warned between 0 and forecasts),
    primary key (place_id, point, quantity, severity, onset_at)
);
create index forecast_onset_newest on forecast_onset (onset_at);
create index forecast_onset_farm on forecast_onset (farm_id);
comment on table forecast_onset is 'Every time a limit was crossed anew, and how early a forecast had warned of it.';
comment on column forecast_onset.place_id is 'As in forecast_run.';
comment on column forecast_onset.point is 'As in forecast_run.';
comment on column forecast_onset.quantity is 'As in forecast_run.';
comment on column forecast_onset.severity is 'Colour of the limit, 1 blue to 4 red.';
comment on column forecast_onset.onset_at is 'Start of the hour in which it was crossed, after at least six hours on the right side.';
comment on column forecast_onset.farm_id is 'Farm whose farmers may see it; NULL for the sea.';
comment on column forecast_onset.limit_value is 'Limit, in the quantity''s unit.';
comment on column forecast_onset.warned_at is 'Issue of the first forecast that warned of it; NULL when none did.';
comment on column forecast_onset.forecasts is 'Forecasts whose alert window held the onset.';
comment on column forecast_onset.warned is 'How many of them warned.';

grant select, insert, update, delete on forecast_skill, forecast_event, forecast_onset to huangyu_services, huangyu_admin;
select access_guard(kept, $$farm_id = any ((select access_farms())::text[]) or (farm_id is null and (select access_sees_sea()))$$)
from unnest(array['forecast_skill', 'forecast_event', 'forecast_onset']::regclass[]) as guarded (kept);
alter policy access_select on forecast_demotion using (
    ((select access_has('technician')) or (select access_sees_sea()) or (select access_has('farmer')))
    and place_id not in (select access_foreign('cage')));
