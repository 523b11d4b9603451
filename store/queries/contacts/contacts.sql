select
    contact.contact_id, contact.name_zh, contact.role, contact.language, contact.quiet_from, contact.quiet_until,
    contact.opted_out_at, contact.test_list, contact.farm_id, contact.district_id,
    coalesce(array_agg(channel.kind order by channel.rank, channel.kind, channel.address)
        filter (where channel.kind is not null), '{}') as kinds,
    coalesce(array_agg(channel.address order by channel.rank, channel.kind, channel.address)
        filter (where channel.kind is not null), '{}') as addresses
from contact
left join contact_channel as channel using (contact_id)
where %(contact_ids)s::text[] is null or contact.contact_id = any(%(contact_ids)s)
group by contact.contact_id
order by contact.contact_id
