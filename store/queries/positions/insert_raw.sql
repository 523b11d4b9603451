insert into nmea_raw (observed_at, gateway_id, seq, receiver, line)
select t.observed_at, t.gateway_id, t.seq, t.receiver, t.line
from unnest(%(observed_at)s::timestamptz[], %(gateway_id)s::text[], %(seq)s::bigint[], %(receiver)s::text[],
    %(line)s::text[]) as t (observed_at, gateway_id, seq, receiver, line)
order by t.gateway_id, t.seq, t.observed_at
on conflict do nothing
