delete from forecast_path using forecast_run
where forecast_path.run_id = forecast_run.run_id and forecast_run.issued_at < %(before)s
