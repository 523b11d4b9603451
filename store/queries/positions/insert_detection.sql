insert into detection (observed_at, source, sensor, number, lat_deg, lon_deg, uncertainty_m, sog_kn, cog_deg, received_at)
values (%(observed_at)s, 'radar', %(sensor)s, %(number)s, %(lat_deg)s, %(lon_deg)s, %(uncertainty_m)s, %(sog_kn)s,
    %(cog_deg)s, %(received_at)s)
on conflict do nothing
