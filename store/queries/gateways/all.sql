select g.gateway_id, g.farm_id, g.name_zh, g.state, g.state_at, g.status, g.boot_id, g.clock, g.last_batch_at
from gateway g
order by g.gateway_id
