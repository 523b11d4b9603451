-- Alerts: what is open and what people did about it, who is told, the outbox, receipts, replies, campaigns, CAP.
-- Times are UTC. Severity is 1 blue, 2 yellow, 3 orange, 4 red (CAP Minor, Moderate, Severe, Extreme).

-- Contacts and duty -------------------------------------------------------------------------------------
create table contact (
    contact_id text primary key check (contact_id ~ '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,62}$'),
    name_zh text not null,
    role text not null check (role in ('farmer', 'skipper', 'owner', 'duty', 'leader', 'caller', 'technician')),
    language text not null default 'zh' check (language in ('zh', 'en')),
    quiet_from time,
    quiet_until time,
    opted_out_at timestamptz,
    test_list boolean not null default false,
    farm_id text references farm,
    district_id text,
    created_at timestamptz not null default now(),
    check ((quiet_from is null) = (quiet_until is null))
);
comment on table contact is 'A person who may be told of alerts.';
comment on column contact.contact_id is 'Short id.';
comment on column contact.name_zh is 'Name that people know.';
comment on column contact.role is 'What the person is: decides which audience of an escalation step reaches them.';
comment on column contact.language is 'Language of messages.';
comment on column contact.quiet_from is 'Start of quiet hours, local time (Asia/Shanghai).';
comment on column contact.quiet_until is 'End of quiet hours, local time; before quiet_from when they span midnight.';
comment on column contact.opted_out_at is 'When the person opted out of all that is not about life safety.';
comment on column contact.test_list is 'Gets drills.';
comment on column contact.farm_id is 'Farm whose people may see the entry; NULL for sea matters.';
comment on column contact.district_id is 'District whose regulators may see the entry.';
comment on column contact.created_at is 'When it was entered.';

create table contact_channel (
    contact_id text not null references contact on delete cascade,
    kind text not null check (kind in ('sms', 'chat', 'recorder')),
    address text not null check (address <> ''),
    rank smallint not null default 0,
    primary key (contact_id, kind, address)
);
create index contact_channel_address on contact_channel (address);
comment on table contact_channel is 'Where a contact is reached.';
comment on column contact_channel.contact_id is 'The contact.';
comment on column contact_channel.kind is 'sms: a phone number; chat: a name of [sms.options.chat]; recorder: nobody, a file.';
comment on column contact_channel.address is 'The number or name.';
comment on column contact_channel.rank is 'Order, 0 first.';

create table contact_scope (
    contact_id text not null references contact on delete cascade,
    kind text not null check (kind in ('cage', 'farm', 'vessel', 'group', 'district')),
    id text not null,
    level smallint not null default 0 check (level between 0 and 9),
    primary key (contact_id, kind, id)
);
create index contact_scope_target on contact_scope (kind, id);
comment on table contact_scope is 'What a contact answers for.';
comment on column contact_scope.contact_id is 'The contact.';
comment on column contact_scope.kind is 'cage, farm, vessel (id = MMSI), group or district.';
comment on column contact_scope.id is 'Id of that kind.';
comment on column contact_scope.level is '0 is told first, higher ones next when nobody acknowledges.';

create table duty_shift (
    district_id text not null,
    contact_id text not null references contact on delete cascade,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    primary key (district_id, contact_id, starts_at),
    check (ends_at > starts_at)
);
create index duty_shift_time on duty_shift (district_id, ends_at);
comment on table duty_shift is 'The duty rota of a district''s desk.';
comment on column duty_shift.district_id is 'The district.';
comment on column duty_shift.contact_id is 'Who has duty.';
comment on column duty_shift.starts_at is 'From, included.';
comment on column duty_shift.ends_at is 'Until, not included.';

-- Alerts -----------------------------------------------------------------------------------------------
create table alert_chain (
    one boolean primary key default true check (one),
    head text not null check (head ~ '^[0-9a-f]{64}$'),
    raised bigint not null check (raised >= 0)
);
insert into alert_chain (head, raised) values (repeat('0', 64), 0);
comment on table alert_chain is 'The spine of the audit log: one row, hash of the newest alert''s first event and how many alerts were raised.';
comment on column alert_chain.one is 'Keeps it one row.';
comment on column alert_chain.head is 'SHA-256 of the first event of the newest alert.';
comment on column alert_chain.raised is 'Number of alerts ever raised.';

create table alert (
    alert_id uuid primary key,
    key text not null check (key <> ''),
    rule text not null,
    rule_version text not null,
    subject_kind text not null,
    subject_id text not null,
    subject_name text not null default '',
    severity smallint not null check (severity between 1 and 4),
    condition text not null check (condition in ('active', 'cleared')),
    handling text not null check (handling in ('pending', 'raised', 'notified', 'acknowledged', 'in_disposal', 'disposed',
        'closed', 'retracted', 'expired', 'merged')),
    first_active_at timestamptz not null,
    last_active_at timestamptz not null,
    observed_at timestamptz not null,
    raised_at timestamptz,
    cleared_at timestamptz,
    closed_at timestamptz,
    pending_since timestamptz,
    clear_since timestamptz,
    valid_from timestamptz,
    valid_until timestamptz,
    lat_deg double precision check (lat_deg between -90 and 90),
    lon_deg double precision check (lon_deg between -180 and 180),
    probability double precision check (probability between 0 and 1),
    reason_zh text not null,
    reason_en text not null,
    advice_zh text not null default '',
    advice_en text not null default '',
    values jsonb not null default '{}',
    evidence jsonb not null default '[]',
    farm_id text references farm,
    district_id text,
    assignee text,
    assignee_name text,
    told_severity smallint check (told_severity between 1 and 4),
    told_at timestamptz,
    told_clear boolean not null default false,
    escalation_level smallint not null default 0,
    escalate_at timestamptz,
    inhibited_by text,
    shelved_until timestamptz,
    shelve_reason text not null default '',
    disposal jsonb,
    recognition jsonb,
    merged_into uuid references alert,
    drill boolean not null default false,
    version integer not null check (version >= 0),
    chain_no bigint unique,
    updated_at timestamptz not null default now(),
    check ((handling in ('closed', 'retracted', 'expired', 'merged')) = (closed_at is not null)),
    check ((handling = 'pending') = (raised_at is null)),
    check ((handling = 'merged') = (merged_into is not null)),
    check (handling not in ('in_disposal', 'disposed') or assignee is not null),
    check ((lat_deg is null) = (lon_deg is null))
) with (fillfactor = 70);
create unique index alert_one_open on alert (key) where handling not in ('closed', 'retracted', 'expired', 'merged');
create index alert_queue on alert (severity desc, raised_at desc)
    where handling not in ('pending', 'closed', 'retracted', 'expired', 'merged');
create index alert_raised on alert (raised_at desc);
create index alert_farm on alert (farm_id, raised_at desc);
create index alert_subject on alert (subject_kind, subject_id, raised_at desc);
comment on table alert is 'One trouble while it is open, and its record afterwards: condition (is it so?) and handling (what was done?).';
comment on column alert.alert_id is 'Made of key and first_active_at: the same alert always has the same id.';
comment on column alert.key is 'Same for the same trouble; at most one alert of a key is open.';
comment on column alert.rule is 'Rule that decided.';
comment on column alert.rule_version is 'Version of the rule file.';
comment on column alert.subject_kind is 'cage, farm, sensor, target, vessel, gateway, receiver, area or forecast.';
comment on column alert.subject_id is 'Id of that kind.';
comment on column alert.subject_name is 'What people call it.';
comment on column alert.severity is '1 blue to 4 red, of the newest finding.';
comment on column alert.condition is 'Whether it is still so; no data never clears it.';
comment on column alert.handling is 'How far people are; pending: not yet long enough, shown to nobody; the last four are final.';
comment on column alert.first_active_at is 'Since when it was so.';
comment on column alert.last_active_at is 'When it was last found to be so.';
comment on column alert.observed_at is 'Time of the newest fact it rests on.';
comment on column alert.raised_at is 'When it was raised; NULL while pending.';
comment on column alert.cleared_at is 'When the condition ended, NULL while active.';
comment on column alert.closed_at is 'When handling became final.';
comment on column alert.pending_since is 'Since when the condition holds, before raising.';
comment on column alert.clear_since is 'Since when it is found clear, before clearing.';
comment on column alert.valid_from is 'From when the trouble is expected.';
comment on column alert.valid_until is 'Until when; a forecast alert expires after it.';
comment on column alert.lat_deg is 'Place, WGS 84. [deg]';
comment on column alert.lon_deg is 'Place, WGS 84. [deg]';
comment on column alert.probability is '0 to 1 for forecasts and suspicion, NULL for plain facts.';
comment on column alert.reason_zh is 'What is so, in Chinese.';
comment on column alert.reason_en is 'What is so, in English.';
comment on column alert.advice_zh is 'What to do, in Chinese.';
comment on column alert.advice_en is 'What to do, in English.';
comment on column alert.values is 'Figures of the decision, names with units.';
comment on column alert.evidence is 'Facts it rests on: kind, text, ref, observed_at.';
comment on column alert.farm_id is 'Farm concerned; NULL for sea matters.';
comment on column alert.district_id is 'District concerned.';
comment on column alert.assignee is 'The one person who deals with it.';
comment on column alert.assignee_name is 'That person''s name at the time.';
comment on column alert.told_severity is 'Gravest colour people were told.';
comment on column alert.told_at is 'When people were last told that it is so.';
comment on column alert.told_clear is 'Whether they were told since that it is over.';
comment on column alert.escalation_level is 'Last step of the escalation plan carried out.';
comment on column alert.escalate_at is 'When the next step is due, NULL when stopped.';
comment on column alert.inhibited_by is 'Key of the alert that silences this one.';
comment on column alert.shelved_until is 'Put aside until then, at most a day.';
comment on column alert.shelve_reason is 'Why it was put aside.';
comment on column alert.disposal is 'What was done: done, by, by_name, at, false_alarm, attachments.';
comment on column alert.recognition is '认定 by two officers: result, basis, proposed_by, state, decided_by.';
comment on column alert.merged_into is 'The alert that carries the case on.';
comment on column alert.drill is 'Part of a drill: told only to the recorder and the test list.';
comment on column alert.version is 'Number of events; a step decided on an older version is refused.';
comment on column alert.chain_no is 'Place in the spine of the audit log, counted from 1.';
comment on column alert.updated_at is 'Last write.';

create table alert_event (
    alert_id uuid not null references alert,
    seq integer not null check (seq > 0),
    at timestamptz not null,
    actor text not null,
    actor_name text not null,
    step text not null,
    from_handling text not null,
    to_handling text not null,
    note text not null default '',
    detail jsonb not null default '{}',
    prev_hash text not null check (prev_hash ~ '^[0-9a-f]{64}$'),
    hash text not null check (hash ~ '^[0-9a-f]{64}$'),
    primary key (alert_id, seq)
);
create index alert_event_time on alert_event (at desc);
comment on table alert_event is 'Every step of every alert; append-only and hash-chained.';
comment on column alert_event.alert_id is 'The alert.';
comment on column alert_event.seq is 'Counts from 1 without holes.';
comment on column alert_event.at is 'When the step was taken.';
comment on column alert_event.actor is 'Login of the person, or system.';
comment on column alert_event.actor_name is 'Name at the time.';
comment on column alert_event.step is 'What was done.';
comment on column alert_event.from_handling is 'Handling before.';
comment on column alert_event.to_handling is 'Handling after.';
comment on column alert_event.note is 'Words of the person or of the rule.';
comment on column alert_event.detail is 'Figures of the step.';
comment on column alert_event.prev_hash is 'Hash of the step before; of the spine for the first.';
comment on column alert_event.hash is 'SHA-256 over this step''s fields and prev_hash.';

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
comment on function refuse_change is 'Trigger of append-only tables.';
create trigger alert_event_append_only before update or delete on alert_event
    for each row execute function refuse_change();
create trigger alert_event_no_truncate before truncate on alert_event execute function refuse_change();

-- Campaigns --------------------------------------------------------------------------------------------
create table campaign (
    campaign_id uuid primary key,
    kind text not null check (kind in ('storm', 'recall', 'notice')),
    name_zh text not null,
    name_en text not null default '',
    district_id text not null,
    severity smallint not null check (severity between 1 and 4),
    started_at timestamptz not null,
    ended_at timestamptz,
    started_by text not null,
    alert_id uuid references alert,
    cap_identifier text,
    drill boolean not null default false
);
comment on table campaign is 'One storm, one campaign: everyone who must be told, and who still is not.';
comment on column campaign.campaign_id is 'Id.';
comment on column campaign.kind is 'storm, recall or notice.';
comment on column campaign.name_zh is 'Name in Chinese.';
comment on column campaign.name_en is 'Name in English.';
comment on column campaign.district_id is 'District that runs it.';
comment on column campaign.severity is '1 blue to 4 red.';
comment on column campaign.started_at is 'When it began.';
comment on column campaign.ended_at is 'When it was ended, NULL while it runs.';
comment on column campaign.started_by is 'Who began it.';
comment on column campaign.alert_id is 'Alert it belongs to.';
comment on column campaign.cap_identifier is 'Official warning it relays.';
comment on column campaign.drill is 'A drill.';

-- Outbox -----------------------------------------------------------------------------------------------
create sequence message_lease_no;
comment on sequence message_lease_no is 'Numbers the batches that senders claim.';

create table message_outbox (
    message_id uuid primary key,
    campaign_id uuid references campaign,
    contact_id text not null,
    contact_name text not null default '',
    kind text not null check (kind in ('sms', 'chat', 'recorder')),
    address text not null check (address <> ''),
    language text not null default 'zh',
    text text not null check (text <> ''),
    fields jsonb not null default '{}',
    rule text not null,
    notice text not null,
    priority smallint not null check (priority between 0 and 9),
    group_key text not null default '',
    segments smallint not null check (segments > 0),
    drill boolean not null default false,
    life_safety boolean not null default false,
    farm_id text references farm,
    district_id text,
    created_at timestamptz not null,
    due_at timestamptz not null,
    expires_at timestamptz,
    state text not null default 'queued'
        check (state in ('queued', 'leased', 'sent', 'delivered', 'failed', 'dead', 'expired', 'replaced', 'cancelled')),
    attempts smallint not null default 0,
    lease_no bigint,
    lease_rank integer,
    lease_window integer,
    lease_until timestamptz,
    worker text,
    possible_repeat boolean not null default false,
    provider text,
    sent_at timestamptz,
    delivered_at timestamptz,
    last_error text not null default '',
    tried text[] not null default '{}',
    check ((state = 'leased') = (lease_no is not null))
) with (fillfactor = 60);
create index message_outbox_due on message_outbox (priority, due_at) where state = 'queued';
create index message_outbox_leased on message_outbox (lease_until) where state = 'leased';
create index message_outbox_address on message_outbox (address, sent_at desc) where sent_at is not null;
create index message_outbox_group on message_outbox (contact_id, address, group_key, created_at desc) where group_key <> '';
create index message_outbox_campaign on message_outbox (campaign_id) where campaign_id is not null;
create index message_outbox_dead on message_outbox (created_at desc) where state in ('dead', 'failed', 'expired');
create index message_outbox_recent on message_outbox (created_at desc);
comment on table message_outbox is 'Every message to every person, queued in the transaction of the step it tells of.';
comment on column message_outbox.message_id is 'Made of steps, contact and address: nobody is queued twice for one step.';
comment on column message_outbox.campaign_id is 'Campaign it belongs to.';
comment on column message_outbox.contact_id is 'Who is told.';
comment on column message_outbox.contact_name is 'Name at the time.';
comment on column message_outbox.kind is 'sms, chat or recorder.';
comment on column message_outbox.address is 'Number or name.';
comment on column message_outbox.language is 'zh or en.';
comment on column message_outbox.text is 'Free text, signature included.';
comment on column message_outbox.fields is 'Words of the text one by one, for template providers.';
comment on column message_outbox.rule is 'Rule of the alert told of, or campaign.<kind>.';
comment on column message_outbox.notice is 'raised, worsened, recurred, escalated, cleared, retracted, campaign.';
comment on column message_outbox.priority is '0 life safety, 1 red to 4 blue.';
comment on column message_outbox.group_key is 'Messages still queued with the same key, contact and address become one.';
comment on column message_outbox.segments is 'Parts on the air.';
comment on column message_outbox.drill is 'A drill: only to the recorder or the test list.';
comment on column message_outbox.life_safety is 'Never held back.';
comment on column message_outbox.farm_id is 'Farm concerned; NULL for sea matters.';
comment on column message_outbox.district_id is 'District concerned.';
comment on column message_outbox.created_at is 'When it was queued.';
comment on column message_outbox.due_at is 'Not before.';
comment on column message_outbox.expires_at is 'Worthless after.';
comment on column message_outbox.state is 'queued, leased to a sender, sent (accepted by the provider), delivered, failed (undelivered), dead (given up), expired, replaced (grouped into another), cancelled.';
comment on column message_outbox.attempts is 'How often it was claimed.';
comment on column message_outbox.lease_no is 'Batch it is claimed in.';
comment on column message_outbox.lease_rank is 'Order within the batch: senders send in this order.';
comment on column message_outbox.lease_window is 'How many of the batch the sender may have in the air unanswered.';
comment on column message_outbox.lease_until is 'End of the lease.';
comment on column message_outbox.worker is 'Who claimed it.';
comment on column message_outbox.possible_repeat is 'It may have been sent before by a sender that was killed.';
comment on column message_outbox.provider is 'Channel that accepted it.';
comment on column message_outbox.sent_at is 'When the provider accepted it.';
comment on column message_outbox.delivered_at is 'When the phone had it.';
comment on column message_outbox.last_error is 'Why the last attempt failed.';
comment on column message_outbox.tried is 'Channels that refused it.';

create table message_alert (
    alert_id uuid not null references alert,
    seq integer not null,
    contact_id text not null,
    address text not null,
    message_id uuid not null references message_outbox on delete cascade,
    primary key (alert_id, seq, contact_id, address)
);
create index message_alert_message on message_alert (message_id);
comment on table message_alert is 'Which steps a message tells of; the key is the promise: one message per step, person and address.';
comment on column message_alert.alert_id is 'The alert.';
comment on column message_alert.seq is 'Its event.';
comment on column message_alert.contact_id is 'Who is told.';
comment on column message_alert.address is 'Where.';
comment on column message_alert.message_id is 'The message.';

create table message_part (
    provider text not null,
    provider_id text not null,
    message_id uuid not null references message_outbox on delete cascade,
    part smallint not null check (part > 0),
    status text not null default 'accepted' check (status in ('delivered', 'failed', 'expired', 'accepted', 'unknown')),
    primary key (provider, provider_id)
);
create index message_part_message on message_part (message_id);
comment on table message_part is 'The parts in which a provider took a message, each with the provider''s own id.';
comment on column message_part.provider is 'Channel.';
comment on column message_part.provider_id is 'The provider''s id of the part.';
comment on column message_part.message_id is 'Our message.';
comment on column message_part.part is 'Counts from 1.';
comment on column message_part.status is 'What became of it.';

create table message_receipt (
    provider text not null,
    provider_id text not null,
    status text not null check (status in ('delivered', 'failed', 'expired', 'accepted', 'unknown')),
    at timestamptz not null,
    received_at timestamptz not null,
    error text not null default '',
    message_id uuid references message_outbox,
    raw jsonb not null default '{}',
    primary key (provider, provider_id, status)
);
create index message_receipt_message on message_receipt (message_id);
create index message_receipt_unmatched on message_receipt (received_at) where message_id is null;
comment on table message_receipt is 'What providers say became of a message; kept also when no message fits yet.';
comment on column message_receipt.provider is 'Channel.';
comment on column message_receipt.provider_id is 'The provider''s id of the message.';
comment on column message_receipt.status is 'delivered, failed, expired, accepted or unknown.';
comment on column message_receipt.at is 'When it happened, by the provider.';
comment on column message_receipt.received_at is 'When we heard.';
comment on column message_receipt.error is 'The provider''s code.';
comment on column message_receipt.message_id is 'Our message, NULL while none fits.';
comment on column message_receipt.raw is 'The receipt as sent.';

create table message_reply (
    reply_id bigint generated always as identity primary key,
    provider text not null,
    address text not null,
    text text not null,
    received_at timestamptz not null,
    meaning text not null check (meaning in ('received', 'opt_out', 'opt_in', 'words')),
    message_id uuid references message_outbox,
    dedup text not null unique
);
create index message_reply_address on message_reply (address, received_at desc);
comment on table message_reply is 'What people sent back.';
comment on column message_reply.reply_id is 'Id.';
comment on column message_reply.provider is 'Channel it came by.';
comment on column message_reply.address is 'Number it came from.';
comment on column message_reply.text is 'What they wrote.';
comment on column message_reply.received_at is 'When we had it.';
comment on column message_reply.meaning is 'received: a 1 or 收到; opt_out: 退订; opt_in; words: anything else, for a person to read.';
comment on column message_reply.message_id is 'The message it most likely answers.';
comment on column message_reply.dedup is 'Same for the same reply told twice by a provider.';

create table campaign_recipient (
    campaign_id uuid not null references campaign on delete cascade,
    recipient_id text not null,
    name_zh text not null,
    address text not null default '',
    mmsi bigint,
    farm_id text references farm,
    message_id uuid references message_outbox,
    answered_at timestamptz,
    called_at timestamptz,
    called_by text,
    call_result text not null default '' check (call_result in ('', 'reached', 'no_answer', 'wrong_number')),
    note text not null default '',
    primary key (campaign_id, recipient_id)
);
create index campaign_recipient_message on campaign_recipient (message_id);
comment on table campaign_recipient is 'Who must be told in a campaign, each boat and farm once.';
comment on column campaign_recipient.campaign_id is 'The campaign.';
comment on column campaign_recipient.recipient_id is 'mmsi:<n>, farm:<id> or a contact''s id.';
comment on column campaign_recipient.name_zh is 'Name for the phone list.';
comment on column campaign_recipient.address is 'Number; empty: nobody knows one, to be phoned by other ways.';
comment on column campaign_recipient.mmsi is 'The boat.';
comment on column campaign_recipient.farm_id is 'The farm.';
comment on column campaign_recipient.message_id is 'The message queued for it.';
comment on column campaign_recipient.answered_at is 'When a 1 came back.';
comment on column campaign_recipient.called_at is 'When somebody phoned.';
comment on column campaign_recipient.called_by is 'Who phoned.';
comment on column campaign_recipient.call_result is 'reached, no_answer or wrong_number.';
comment on column campaign_recipient.note is 'Words of the caller.';

-- Official warnings --------------------------------------------------------------------------------------
create table cap_message (
    sender text not null,
    identifier text not null,
    sent_at timestamptz not null,
    msg_type text not null check (msg_type in ('Alert', 'Update', 'Cancel', 'Ack', 'Error')),
    status text not null check (status in ('Actual', 'Exercise', 'System', 'Test', 'Draft')),
    scope text not null,
    state text not null check (state in ('active', 'superseded', 'cancelled', 'logged')),
    refs jsonb not null default '[]',
    infos jsonb not null default '[]',
    severity smallint not null check (severity between 1 and 4),
    event text not null default '',
    expires_at timestamptz,
    source text not null,
    xml text not null,
    received_at timestamptz not null,
    relayed_at timestamptz,
    primary key (sender, identifier, sent_at)
);
create index cap_message_active on cap_message (expires_at) where state = 'active';
comment on table cap_message is 'CAP 1.2 messages of official warning centres, as received.';
comment on column cap_message.sender is 'CAP sender.';
comment on column cap_message.identifier is 'CAP identifier.';
comment on column cap_message.sent_at is 'CAP sent.';
comment on column cap_message.msg_type is 'CAP msgType.';
comment on column cap_message.status is 'CAP status; only Actual is relayed to people, Exercise as a drill.';
comment on column cap_message.scope is 'CAP scope.';
comment on column cap_message.state is 'active; superseded by an update; cancelled; logged: never to be relayed.';
comment on column cap_message.refs is 'CAP references: sender, identifier, sent.';
comment on column cap_message.infos is 'CAP info blocks: language, event, severity, times, texts, areas with polygons and circles.';
comment on column cap_message.severity is 'Gravest info as our colour.';
comment on column cap_message.event is 'Event of the first info.';
comment on column cap_message.expires_at is 'Latest expires, NULL when none is given.';
comment on column cap_message.source is 'File or address it came from.';
comment on column cap_message.xml is 'The message itself.';
comment on column cap_message.received_at is 'When we had it.';
comment on column cap_message.relayed_at is 'When those inside were told.';

-- Rights -------------------------------------------------------------------------------------------------
grant select, insert, update, delete on contact, contact_channel, contact_scope, duty_shift, message_alert to huangyu_services;
grant select, insert, update on alert_chain, alert, campaign, campaign_recipient, message_outbox, message_receipt,
    message_part, message_reply, cap_message to huangyu_services;
grant select, insert on alert_event to huangyu_services;
-- Only pending alerts can be taken away: the events of a raised one hold it.
grant delete on alert to huangyu_services;
grant usage on sequence message_lease_no to huangyu_services;
