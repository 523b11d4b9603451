select alert_id::text, version, chain_no
from alert
where chain_no is not null
order by chain_no
