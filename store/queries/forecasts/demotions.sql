select place_id, point, quantity, demoted, decided_at, skill, cases, reason_zh, reason_en from forecast_demotion
order by place_id, quantity, point
