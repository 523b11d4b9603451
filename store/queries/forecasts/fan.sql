select run_id, lead_h, valid_at, q10, q20, q30, q40, q50, q60, q70, q80, q90
from forecast_quantile where run_id = %(run_id)s order by lead_h
