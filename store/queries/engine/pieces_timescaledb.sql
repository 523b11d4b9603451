select c.hypertable_name as parent, c.chunk_schema || '.' || c.chunk_name as name, c.range_start as from_at,
    c.range_end as until_at, coalesce(d.total_bytes, 0)::bigint as size_bytes, coalesce(c.is_compressed, false) as packed
from timescaledb_information.chunks c
    left join lateral (
        select sum(s.total_bytes) as total_bytes
        from chunks_detailed_size(format('%%I.%%I', c.hypertable_schema, c.hypertable_name)::regclass) s
        where s.chunk_schema = c.chunk_schema and s.chunk_name = c.chunk_name
    ) d on true
where c.hypertable_name in ('reading', 'position', 'nmea_raw') and c.hypertable_schema = 'public'
    and (%(parent)s::text is null or c.hypertable_name = %(parent)s::text)
order by c.hypertable_name, c.range_start
