-- One import at a time.
select pg_advisory_xact_lock(hashtext('vessel_register'))
