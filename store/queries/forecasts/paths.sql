select n_paths, "values" from forecast_path where run_id = %(run_id)s
