select pg_advisory_xact_lock(hashtext('evidence_bundle'))
