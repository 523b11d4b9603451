-- A table of 150 kB that is gone with the statement: it needs the room that the next rows need.
create temp table status_probe on commit drop as select md5(n::text) from generate_series(1, 2000) n
