SELECT c.contact_id, c.name_zh, c.role, c.language, c.farm_id, c.district_id, c.opted_out_at, c.test_list,
    array(SELECT ch.kind || ':' || ch.address FROM contact_channel ch WHERE ch.contact_id = c.contact_id ORDER BY ch.rank, 1) AS channels,
    array(SELECT s.kind || ':' || s.id || ':' || s.level FROM contact_scope s WHERE s.contact_id = c.contact_id ORDER BY 1) AS scopes
FROM contact c
ORDER BY c.contact_id
