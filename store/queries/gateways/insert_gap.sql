insert into gateway_gap (gateway_id, stream, first_seq, last_seq, n, reason, observed_from, observed_until, received_at)
values (%(gateway_id)s, %(stream)s, %(first_seq)s, %(last_seq)s, %(n)s, %(reason)s, %(observed_from)s,
    %(observed_until)s, %(received_at)s)
on conflict do nothing
