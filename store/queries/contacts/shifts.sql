select district_id, contact_id, starts_at, ends_at
from duty_shift
where district_id = any(%(district_ids)s)
    and ends_at > %(since)s::timestamptz
    and starts_at < %(until)s::timestamptz
order by starts_at, contact_id
