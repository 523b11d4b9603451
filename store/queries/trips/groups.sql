-- Temporary formations in force, the newest of each boat last.
select mmsi, group_id from temporary_group
where valid_from <= %(at)s::timestamptz and valid_until > %(at)s::timestamptz order by valid_from, group_id, mmsi
