delete from forecast_run where run_id in (
    select run_id from forecast_run where origin_at < %(before)s and scored_until is not null order by origin_at limit %(limit)s)
