SELECT farm_id, name_zh, name_en, district_id, lat_deg, lon_deg FROM farm ORDER BY farm_id
