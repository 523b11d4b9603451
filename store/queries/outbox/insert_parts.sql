insert into message_part (provider, provider_id, message_id, part)
select * from unnest(%(providers)s::text[], %(provider_ids)s::text[], %(ids)s::uuid[], %(parts)s::smallint[])
on conflict do nothing
