-- Row numbers (from 0) of the sequence numbers that are committed already.
select (t.row_no - 1)::int as row_no
from unnest(%(gateway_id)s::text[], %(seq)s::bigint[]) with ordinality as t (gateway_id, seq, row_no)
    join gateway_seq s on s.gateway_id = t.gateway_id and s.block = t.seq >> 12
where s.committed @> t.seq
