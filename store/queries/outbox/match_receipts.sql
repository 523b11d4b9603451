-- Receipts that had no message get theirs; the parts learn what became of them.
with matched as (
    update message_receipt as receipt set message_id = part.message_id
    from message_part as part
    where receipt.message_id is null
        and part.provider = receipt.provider
        and part.provider_id = receipt.provider_id
        and receipt.received_at > %(since)s::timestamptz
    returning receipt.provider, receipt.provider_id, receipt.status, receipt.message_id
),
moved as (
    update message_part as part set status = matched.status
    from matched
    where part.provider = matched.provider
        and part.provider_id = matched.provider_id
        and matched.status <> 'accepted'
        and part.status not in ('delivered', 'failed')
    returning part.message_id
)
select distinct message_id::text from moved
