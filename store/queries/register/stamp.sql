-- Changes whenever the register does.
select coalesce(max(import_id), 0) from register_import
