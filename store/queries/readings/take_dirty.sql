-- Oldest marks first; the caller holds the roll-up lock, so no other refresher works on the same hours.
with taken as (
    delete from rollup_dirty
    where ctid = any(array(select ctid from rollup_dirty order by bucket_at limit %(limit)s::int))
    returning bucket_at, series_id
)
select distinct (extract(epoch from bucket_at))::bigint as bucket_s, series_id from taken order by series_id, bucket_s
