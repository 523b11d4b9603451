SELECT coalesce(access_sees_sea()::text, '') || ' ' || array_to_string(access_vessels(), ',')
