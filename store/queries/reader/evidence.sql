SELECT bundle_no, alert_id, made_at, actor, file_name, manifest_sha256 FROM evidence_bundle WHERE alert_id = %(alert_id)s ORDER BY bundle_no DESC
