delete from watch_list where mmsi = %(mmsi)s
