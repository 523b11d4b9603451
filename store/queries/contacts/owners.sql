-- Owners of registered boats, for boats that nobody entered a contact for.
select mmsi::text as mmsi, name_zh, owner_phone
from vessel_register
where valid_until is null and owner_phone <> '' and mmsi::text = any(%(mmsis)s)
