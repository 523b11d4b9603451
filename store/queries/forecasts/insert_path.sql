insert into forecast_path (run_id, n_paths, "values") values (%(run_id)s, %(n_paths)s, %(values)s::real[])
