-- Newest position of every target heard since a time, in degrees and knots, with its class.
select t.mmsi, t.observed_at, t.lat / 600000.0::double precision, t.lon / 600000.0::double precision,
    nullif(t.sog, 1023) / 10.0::double precision, nullif(t.cog, 3600) / 10.0::double precision,
    nullif(t.heading, 511)::double precision,
    case when t.rot = -128 then null else sign(t.rot) * (t.rot / 4.733::double precision) ^ 2 end,
    nullif(t.nav_status, -1), s.name, coalesce(v.class, 'unknown')
from target_latest t
join position_source s using (source)
left join target_verdict v on v.target_id = t.mmsi::text
where t.observed_at > %(since)s::timestamptz
