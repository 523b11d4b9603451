update vessel_register set valid_until = %(at)s::timestamptz
where boat_id = any(%(boat_ids)s::text[]) and valid_until is null
