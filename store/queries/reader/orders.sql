select district_id, name_zh, severity, drill, ordered_by, ordered_at, done_at, outcome
from campaign_order
where ordered_at > %(since)s::timestamptz
order by ordered_at desc
limit 20
