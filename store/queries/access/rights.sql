SELECT jsonb_build_array(
    (SELECT jsonb_agg(r.role ORDER BY r.role) FROM person_role r WHERE r.person_id = me.id),
    (SELECT jsonb_agg(jsonb_build_array(c.kind, c.id) ORDER BY c.kind, c.id) FROM person_scope c WHERE c.person_id = me.id))::text
FROM (SELECT access_person() AS id) me
WHERE me.id IS NOT NULL
