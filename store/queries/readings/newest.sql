select max(received_at) from series_latest
