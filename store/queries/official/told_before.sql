-- Whom an earlier message of the same warning was relayed to: they are told of its cancellation too.
select distinct entry.recipient_id
from campaign_recipient as entry
join campaign using (campaign_id)
where campaign.cap_identifier = any(%(identifiers)s)
