select run_id, lead_h, valid_at, q10, q20, q30, q40, q50, q60, q70, q80, q90
from forecast_quantile where run_id = any(%(run_ids)s::bigint[]) and lead_h = any(%(lead_h)s::smallint[]) order by run_id, lead_h
