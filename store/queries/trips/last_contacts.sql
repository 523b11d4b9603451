select mmsi, max(at) from contact_check where reached and at > %(since)s::timestamptz group by mmsi
