select place_id, point, quantity, fitted_at, version, state from forecast_state
