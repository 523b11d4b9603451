-- Newest report of each boat since a time.
select distinct on (mmsi) mmsi, kind, at, port, persons::integer as persons, officers,
    ordinary_certified::integer as ordinary_certified, reporter, source
from trip_report where at > %(since)s::timestamptz order by mmsi, at desc, received_at desc
