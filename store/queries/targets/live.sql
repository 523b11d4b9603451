-- Newest position of every target heard since a time, with its merged particulars. OFFSET 0 keeps the planner from
-- merging the particulars of every number ever heard when a few are asked for.
select l.observed_at, l.mmsi, l.lat, l.lon, l.sog, l.cog, l.heading, l.rot, l.nav_status, l.source, l.received_at,
    coalesce(l.gateway_id, '') as gateway_id, l.receiver, t.mmsi_class, t.first_seen_at,
    coalesce(s.name, '') as name, coalesce(s.call_sign, '') as call_sign, s.imo, s.ship_type,
    s.to_bow_m, s.to_stern_m, s.to_port_m, s.to_starboard_m, s.draught_m, coalesce(s.destination, '') as destination
from target_latest l join target t using (mmsi)
    left join lateral (select * from target_particulars p where p.mmsi = l.mmsi offset 0) s on true
where l.observed_at >= %(since)s::timestamptz
    and (%(received_after)s::timestamptz is null or l.received_at > %(received_after)s::timestamptz)
order by l.mmsi
