select bundle_no, manifest_sha256 from evidence_bundle order by bundle_no desc limit 1
