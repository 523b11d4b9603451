select quantity, member, lat_deg, lon_deg, lead_h, "values" from grid_field where grid_run_id = %(grid_run_id)s order by quantity, member
