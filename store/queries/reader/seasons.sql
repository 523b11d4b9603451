SELECT rule_id, name_zh, gears, except_gears, lat_from_deg, lat_until_deg, closed_from, closed_until, source, version
FROM season_rule
ORDER BY closed_from, rule_id
