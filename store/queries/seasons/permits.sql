select mmsi, document_no, valid_from, valid_until, gear from season_permit
where valid_until > %(at)s::timestamptz - interval '1 day' order by mmsi, valid_from
