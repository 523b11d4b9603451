insert into grid_field (grid_run_id, quantity, member, lat_deg, lon_deg, lead_h, "values")
values (%(grid_run_id)s, %(quantity)s, %(member)s, %(lat_deg)s::real[], %(lon_deg)s::real[], %(lead_h)s::real[], %(values)s)
on conflict (grid_run_id, quantity, member) do update
set lat_deg = excluded.lat_deg, lon_deg = excluded.lon_deg, lead_h = excluded.lead_h, "values" = excluded."values"
