insert into safety_text (mmsi, observed_at, text, addressee_mmsi, gateway_id, receiver, received_at)
values (%(mmsi)s, %(observed_at)s, %(text)s, %(addressee_mmsi)s, %(gateway_id)s, %(receiver)s, %(received_at)s)
on conflict do nothing
