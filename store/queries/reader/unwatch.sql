DELETE FROM watch_list WHERE mmsi = %(mmsi)s
