-- Rows that name a farm or a district are seen by those in whose scope they lie, and by nobody else. A place outside
-- the scope cannot be told from an unknown one under the session's own policies, so it is asked of the owner.

create function access_foreign(kind text) returns setof text
language sql stable security definer set search_path = public, pg_temp as $$
    select c.cage_id from cage c where kind = 'cage' and c.farm_id <> all (access_farms())
    union all
    select g.gateway_id from gateway g where kind = 'gateway' and g.farm_id <> all (access_farms())
$$;
comment on function access_foreign(text) is 'Ids of the cages or gateways that belong to others than the session''s person';

create function access_called() returns setof uuid
language sql stable security definer set search_path = public, pg_temp as $$
    select r.campaign_id from campaign_recipient r
    where r.farm_id = any (access_farms()) or r.mmsi = any (access_vessels())
$$;
comment on function access_called() is 'Campaigns that called the session''s farms or boats';

create function access_served() returns text[]
language sql stable security definer set search_path = public, pg_temp as $$
    select coalesce(array_agg(c.id), '{}')
    from (select access_person() as person_id) me
    join person_scope c on c.person_id = me.person_id and c.kind = 'district'
    where exists (select from person_role r where r.person_id = me.person_id and r.role in ('regulator', 'technician'))
$$;
comment on function access_served() is 'Districts that the session''s person oversees or keeps the equipment of';
create function access_watched() returns setof integer
language sql stable security definer set search_path = public, pg_temp as $$
    select c.person_id from person_scope c left join farm f on c.kind = 'farm' and c.id = f.farm_id
    where (c.kind = 'district' and c.id = any (access_districts())) or f.district_id = any (access_districts())
$$;
comment on function access_watched() is 'People with a scope in the districts that the session''s regulator oversees';
revoke all on function access_foreign(text), access_called(), access_served(), access_watched() from public;
grant execute on function access_foreign(text), access_called(), access_served(), access_watched() to huangyu_reader;

alter policy access_select on campaign using (
    district_id = any ((select access_districts())::text[]) or campaign_id in (select access_called()));
alter policy access_select on campaign_recipient using (
    farm_id = any ((select access_farms())::text[]) or mmsi = any ((select access_vessels())::bigint[])
    or campaign_id in (select c.campaign_id from campaign c where c.district_id = any ((select access_districts())::text[])));
alter policy access_update on campaign_recipient using (
    campaign_id in (select c.campaign_id from campaign c where c.district_id = any ((select access_districts())::text[])))
    with check (
    campaign_id in (select c.campaign_id from campaign c where c.district_id = any ((select access_districts())::text[])));
alter policy access_select on message_outbox using (
    farm_id = any ((select access_farms())::text[]) or district_id = any ((select access_served())::text[]));
alter policy access_insert on message_outbox with check (
    farm_id = any ((select access_farms())::text[]) or district_id = any ((select access_served())::text[]));
alter policy access_select on audit using (
    person_id = (select access_person()) or (select access_has('administrator')) or person_id in (select access_watched()));
alter policy access_select on quarantine using (
    (select access_has('technician')) and (gateway_id is null or gateway_id not in (select access_foreign('gateway'))));
alter policy access_select on finding using (
    (select access_sees_sea()) and (subject_kind <> 'cage' or subject_id not in (select access_foreign('cage'))));
alter policy access_select on evidence_bundle using (
    (select access_sees_sea()) and alert_id in (select a.alert_id::text from alert a));
alter policy access_select on forecast_demotion using (
    ((select access_has('technician')) or (select access_sees_sea())) and place_id not in (select access_foreign('cage')));
