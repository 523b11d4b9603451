select farm_id, name_zh, name_en, district_id, lat_deg, lon_deg from farm order by farm_id
