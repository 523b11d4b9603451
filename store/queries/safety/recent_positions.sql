-- Positions of all targets since a time, thinned to one a step, for the memory of tracks after a start.
select distinct on (mmsi, date_bin(%(step)s::interval, observed_at, '2000-01-03 00:00+00'))
    mmsi, extract(epoch from observed_at)::double precision, lat / 600000.0::double precision,
    lon / 600000.0::double precision, nullif(sog, 1023) / 10.0::double precision, nullif(cog, 3600) / 10.0::double precision
from position
where observed_at > %(since)s::timestamptz and observed_at <= %(until)s::timestamptz
order by mmsi, date_bin(%(step)s::interval, observed_at, '2000-01-03 00:00+00'), observed_at
