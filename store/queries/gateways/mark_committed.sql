update gateway_seq s
set committed = s.committed + t.numbers, updated_at = %(received_at)s::timestamptz
from (
    select gateway_id, first_seq >> 12 as block, range_agg(int8range(first_seq, last_seq, '[]')) as numbers
    from unnest(%(gateway_id)s::text[], %(first_seq)s::bigint[], %(last_seq)s::bigint[])
        as r (gateway_id, first_seq, last_seq)
    group by 1, 2
) as t
where s.gateway_id = t.gateway_id and s.block = t.block
