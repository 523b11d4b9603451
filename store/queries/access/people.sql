SELECT p.person_id, p.login, p.name_zh, p.phone, p.active, p.must_change, p.locked_until, p.created_at, p.oidc_subject,
    array(SELECT r.role FROM person_role r WHERE r.person_id = p.person_id ORDER BY 1) AS roles,
    array(SELECT c.kind || ':' || c.id FROM person_scope c WHERE c.person_id = p.person_id ORDER BY 1) AS scopes,
    (SELECT max(s.seen_at) FROM session s WHERE s.person_id = p.person_id) AS seen_at,
    (SELECT count(*) FROM session s WHERE s.person_id = p.person_id AND s.revoked_at IS NULL AND s.expires_at > now())::integer AS sessions
FROM person p
ORDER BY p.login
