SELECT place_id, farm_id, name_zh, name_en FROM access_limit_places() ORDER BY farm_id NULLS FIRST, place_id
