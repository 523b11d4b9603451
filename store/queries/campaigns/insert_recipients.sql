insert into campaign_recipient (campaign_id, recipient_id, name_zh, address, mmsi, farm_id, message_id)
select %(campaign_id)s::uuid, recipient_id, name_zh, address, mmsi, farm_id, message_id
from unnest(
    %(recipient_ids)s::text[], %(names)s::text[], %(addresses)s::text[], %(mmsis)s::bigint[], %(farm_ids)s::text[],
    %(message_ids)s::uuid[]
) as recipient (recipient_id, name_zh, address, mmsi, farm_id, message_id)
on conflict (campaign_id, recipient_id) do nothing
