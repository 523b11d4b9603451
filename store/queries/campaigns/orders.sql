select order_id::text, district_id, name_zh, severity, text_zh, text_en, drill, ordered_by, ordered_at
from campaign_order
where done_at is null
order by ordered_at
limit 20
