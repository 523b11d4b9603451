-- The watch for distress is woken when this commits.
with kept as (
    insert into radar_sart (track, observed_at, lat_deg, lon_deg, reported_by)
    values (%(track)s, %(observed_at)s, %(lat_deg)s, %(lon_deg)s, %(reported_by)s)
    on conflict (track, observed_at) do nothing
    returning track
)
select pg_notify('huangyu_distress', 'radar:' || track) from kept
