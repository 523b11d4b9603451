INSERT INTO cage_profile (cage_id, farm_id, kind, volume_m3, width_m, solidity, net_cleaned_at, aerator_kw, design_tension_kn,
    anchor_lat_deg, anchor_lon_deg, circle_radius_m, battery_ah, load_w)
SELECT c.cage_id, c.farm_id, %(kind)s, %(volume_m3)s::real, %(width_m)s::real, %(solidity)s::real, %(net_cleaned_at)s::timestamptz,
    %(aerator_kw)s::real, %(design_tension_kn)s::real, %(anchor_lat_deg)s::float8, %(anchor_lon_deg)s::float8,
    %(circle_radius_m)s::real, %(battery_ah)s::real, %(load_w)s::real
FROM cage AS c
WHERE c.cage_id = %(cage_id)s
ON CONFLICT (cage_id) DO UPDATE SET farm_id = excluded.farm_id, kind = excluded.kind, volume_m3 = excluded.volume_m3,
    width_m = excluded.width_m, solidity = excluded.solidity, net_cleaned_at = excluded.net_cleaned_at,
    aerator_kw = excluded.aerator_kw, design_tension_kn = excluded.design_tension_kn, anchor_lat_deg = excluded.anchor_lat_deg,
    anchor_lon_deg = excluded.anchor_lon_deg, circle_radius_m = excluded.circle_radius_m, battery_ah = excluded.battery_ah,
    load_w = excluded.load_w, updated_at = now()
