select rule_id, name_zh, gears, lat_from_deg, lat_until_deg, closed_from, closed_until, except_gears, source, version
from season_rule order by closed_from, rule_id
