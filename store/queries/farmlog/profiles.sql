SELECT cage_id, kind, volume_m3, width_m, solidity, net_cleaned_at, aerator_kw, design_tension_kn, anchor_lat_deg, anchor_lon_deg,
    circle_radius_m, battery_ah, load_w
FROM cage_profile
ORDER BY cage_id
