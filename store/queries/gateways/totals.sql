-- What is known of a gateway's sequence numbers: how many are in, and the highest.
select g.gateway_id, coalesce(sum(upper(r) - lower(r)), 0)::bigint as committed, max(upper(r) - 1) as last_seq
from gateway g left join gateway_seq s using (gateway_id) left join lateral unnest(s.committed) as r on true
group by g.gateway_id
order by g.gateway_id
