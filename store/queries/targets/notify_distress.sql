select pg_notify('huangyu_distress', %(mmsi)s::text)
