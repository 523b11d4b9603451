select s.gateway_id
from gateway_seq s
    join unnest(%(gateway_id)s::text[], %(block)s::bigint[]) as t (gateway_id, block)
        on t.gateway_id = s.gateway_id and t.block = s.block
order by s.gateway_id, s.block
for update of s
