insert into forecast_event as kept (place_id, point, quantity, severity, window_h, month, bin, farm_id, cases, chance, came, brier,
    cost, fresh, warned, hits, misses)
values (%(place_id)s, %(point)s, %(quantity)s, %(severity)s, %(window_h)s, %(month)s, %(bin)s, %(farm_id)s, %(cases)s, %(chance)s,
    %(came)s, %(brier)s, %(cost)s, %(fresh)s, %(warned)s, %(hits)s, %(misses)s)
on conflict (place_id, point, quantity, severity, window_h, month, bin) do update
set cases = kept.cases + excluded.cases, chance = kept.chance + excluded.chance, came = kept.came + excluded.came,
    brier = kept.brier + excluded.brier, cost = kept.cost + excluded.cost, fresh = kept.fresh + excluded.fresh,
    warned = kept.warned + excluded.warned, hits = kept.hits + excluded.hits, misses = kept.misses + excluded.misses,
    farm_id = excluded.farm_id
