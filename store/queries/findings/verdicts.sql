select target_id, mmsi, class, probability::double precision, limbs, reasons_zh, reasons_en, evidence, facts, boat_id,
    boat_version, rule_version, first_seen_at, last_seen_at, judged_at, lat_deg, lon_deg
from target_verdict
where last_seen_at >= %(since)s::timestamptz
    and (%(target_ids)s::text[] is null or target_id = any(%(target_ids)s::text[]))
order by target_id
