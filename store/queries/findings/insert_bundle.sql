insert into evidence_bundle (bundle_no, alert_id, made_at, actor, file_name, manifest_sha256, previous_sha256)
values (%(bundle_no)s, %(alert_id)s, %(made_at)s::timestamptz, %(actor)s, %(file_name)s, %(manifest_sha256)s, %(previous_sha256)s)
