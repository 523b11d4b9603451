-- Smaller positions and faster year charts: the cell is computed, not kept; its index holds cell and hour, so that all
-- fixes of one hour in one cell share a key (7 bytes a row where cell and instant took 43); hourly roll-ups are read
-- from their key alone, since the hours of one series lie far apart in the table.

create function position_cell(lat integer, lon integer) returns integer
language sql immutable strict parallel safe return (lat / 60000 + 900) * 3600 + (lon / 60000 + 1800);
comment on function position_cell(integer, integer) is
    'Cell of 0.1 x 0.1 degree (towards zero) of a place in AIS units: row from the south pole x 3600 + column from 180 W.';

/*plain:
do $$
declare place text;
begin
    for place in
        select c.oid::regclass::text from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'i' and c.relname ~ '^position_w[0-9]{8}_time$'
    loop
        execute format('drop index %s', place);  -- packed partitions had it in place of the cells
    end loop;
end $$;
*/
alter table position drop column cell;
alter table target_latest drop column cell;
create index position_cell on position
    (position_cell(lat, lon), date_bin('1 hour', observed_at, '2000-01-03 00:00+00'::timestamptz));

/*rollup_table:
alter table reading_hourly drop constraint reading_hourly_pkey,
    add primary key (series_id, bucket_at) include (n, n_good, value_min, value_max, value_avg);
*/

/*plain:
create or replace function ensure_partitions(parent regclass, from_at timestamptz, until_at timestamptz) returns integer
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
                -- Each series and boat writes at the end of its own keys: no room need be kept there. 100 means packed.
                execute format('alter index %I set (fillfactor = 99)', child || '_pkey');
                execute format('alter table %s attach partition %I for values from (%L) to (%L)',
                    parent, child, week, week + interval '7 days');
                made := made + 1;
            end if;
        end if;
        week := week + interval '7 days';
    end loop;
    return made;
end $$;
*/
