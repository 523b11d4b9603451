insert into forecast_quantile (run_id, lead_h, valid_at, q10, q20, q30, q40, q50, q60, q70, q80, q90)
select run_id, lead_h, valid_at, q10, q20, q30, q40, q50, q60, q70, q80, q90
from unnest(%(run_id)s::bigint[], %(lead_h)s::smallint[], %(valid_at)s::timestamptz[], %(q10)s::real[], %(q20)s::real[],
    %(q30)s::real[], %(q40)s::real[], %(q50)s::real[], %(q60)s::real[], %(q70)s::real[], %(q80)s::real[], %(q90)s::real[])
    as fan (run_id, lead_h, valid_at, q10, q20, q30, q40, q50, q60, q70, q80, q90)
