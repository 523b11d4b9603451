select mmsi, kind, at, port, persons::integer as persons, officers, ordinary_certified::integer as ordinary_certified,
    reporter, source
from trip_report where mmsi = %(mmsi)s order by at desc, received_at desc limit %(limit)s
