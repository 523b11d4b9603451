-- What boats were alerted for since a time; retracted alerts never count.
select split_part(subject_id, '-', 1)::bigint, rule, raised_at, probability
from alert
where rule like 'vessels.%%' and raised_at > %(since)s::timestamptz and handling not in ('retracted', 'pending', 'merged')
    and subject_id ~ '^[0-9]{1,9}(-[0-9]+)?$'
order by raised_at
