-- Everyone of a district who must hear of a storm: farms and boats with their contacts, registered boats by their owner.
select
    case scope.kind when 'vessel' then 'mmsi:' || scope.id else 'farm:' || scope.id || ':' || contact.contact_id end
        as recipient_id,
    contact.name_zh, channel.address,
    case when scope.kind = 'vessel' and scope.id ~ '^[0-9]{9}$' then scope.id::bigint end as mmsi,
    farm.farm_id, contact.language, contact.test_list
from contact_scope as scope
join contact using (contact_id)
join contact_channel as channel on channel.contact_id = contact.contact_id and channel.kind = 'sms'
left join farm on scope.kind = 'farm' and farm.farm_id = scope.id
where (scope.kind = 'farm' and farm.district_id = %(district_id)s)
    or (scope.kind = 'vessel' and coalesce(contact.district_id, %(district_id)s) = %(district_id)s)
union all
select
    'mmsi:' || boat.mmsi, boat.name_zh, coalesce(boat.owner_phone, ''), boat.mmsi, null, 'zh', false
from vessel_register as boat
where boat.valid_until is null and boat.mmsi is not null
order by 1, 3 desc
