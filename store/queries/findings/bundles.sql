select bundle_no, alert_id, made_at, actor, file_name, manifest_sha256, previous_sha256
from evidence_bundle
where %(alert_id)s::text is null or alert_id = %(alert_id)s
order by bundle_no
