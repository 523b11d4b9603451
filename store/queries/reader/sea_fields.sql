SELECT quantity, member, lat_deg, lon_deg, lead_h, "values"
FROM grid_field
WHERE grid_run_id = %(grid_run_id)s AND member = 0 AND quantity IN ('hs_m', 'dp_deg', 'wind_mps', 'wind_dir_deg')
