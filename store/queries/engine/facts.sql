-- Facts that tell whether maintenance works, whatever its own records say.
select (select min(bucket_at) from rollup_dirty) as oldest_mark_at,
    (select count(*) from rollup_dirty) as marks,
    (select max(observed_at) from series_latest) as newest_reading_at,
    (select count(*) from pg_index where not indisvalid) as invalid_indexes,
    pg_database_size(current_database()) as size_bytes
