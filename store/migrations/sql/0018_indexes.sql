-- Ways to the rows that are asked for of tables that grow: a policy looks its parent up by key, never lists it whole.

alter policy access_select on alert_event using (exists (select from alert a where a.alert_id = alert_event.alert_id));
alter policy access_insert on alert_event with check (exists (select from alert a where a.alert_id = alert_event.alert_id));
alter policy access_select on message_alert using (exists (select from alert a where a.alert_id = message_alert.alert_id));
alter policy access_insert on message_alert with check (
    exists (select from alert a where a.alert_id = message_alert.alert_id));
alter policy access_select on message_receipt using (
    exists (select from message_outbox m where m.message_id = message_receipt.message_id));
alter policy access_select on message_reply using (
    exists (select from message_outbox m where m.message_id = message_reply.message_id));
alter policy access_select on evidence_bundle using (
    (select access_sees_sea()) and exists (
        select from alert a where a.alert_id = case
            when evidence_bundle.alert_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then evidence_bundle.alert_id::uuid end));
create index alert_retracted on alert (closed_at) where handling = 'retracted';
create index gateway_gap_received on gateway_gap (received_at);
create index cap_message_refs on cap_message using gin (refs jsonb_path_ops);
create index cap_message_received on cap_message (received_at);
create index session_of on session (person_id, seen_at desc);
