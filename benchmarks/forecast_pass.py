"""The hourly pass over 1,000 cages, oxygen and waves each: ``forecast_pass.py [--quick] [--json] [--database N]``.

CPU of the service's own functions on one core: every series forecast by its kept model with 200 joint paths and the
risk of every limit and window, and the models of that hour's share of the day fitted anew. Series are the records of
tests/data, rolled by whole days and scaled, as long as the service's history. Left out of that figure: reading and
writing the database, learning from gridded forecasts. ``--database N`` measures a whole pass over N cages on a real
PostgreSQL as well: reading, forecasting, writing, and scoring of the forecasts made two days before.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # as services/processes/forecast.py runs

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from forecasting.model import keeping  # noqa: E402
from forecasting.rules import load_rules  # noqa: E402
from forecasting.series.history import Hourly  # noqa: E402
from services.forecast import kept_of  # noqa: E402
from services.forecast_inputs import EPOCH, HOUR, Place  # noqa: E402
from services.forecast_issue import due, issue  # noqa: E402

RULES_DIR = ROOT / "config" / "rules"
CAGES = 1000
SEED = 0
AT = datetime(2026, 8, 20, 6, 20, tzinfo=UTC)
RECORDS = {
    "do_mg_l": ("oxygen/apalachicola_cat_point_hourly.csv.gz", {"temp": "water_temp_c", "sal": "salinity_psu",
                                                                "par": "light_umol"}),
    "hs_m": ("waves/ndbc_41009_hourly.csv.gz", {"tz": "tp_s"}),
}  # fmt: skip


def record(quantity, hours):
    name, covariates = RECORDS[quantity]
    raw = pd.read_csv(ROOT / "tests" / "data" / name)
    index = pd.DatetimeIndex(pd.to_datetime(raw.pop("time"), utc=True))
    table = raw.set_index(index).sort_index().resample("1h").mean().rename(columns=covariates).iloc[-hours:]
    return table["y"].to_numpy(), {c: table[c].to_numpy() for c in covariates.values()}


def place(rules, quantity, series, cage, random):
    """Return one cage's series: the record rolled by whole days and scaled by up to a tenth."""
    y, covariates = series
    shift, scale = 24 * int(random.integers(0, len(y) // 24)), float(random.uniform(0.9, 1.1))
    until = (AT.replace(minute=0) - EPOCH) // HOUR
    rolled = np.roll(y, shift) * scale
    rolled[-3:] = np.where(np.isfinite(rolled[-3:]), rolled[-3:], np.nanmean(y))
    past = Hourly(
        time_h=np.arange(until - len(y), until, dtype=float),
        y=rolled,
        covariates={name: np.roll(column, shift) for name, column in covariates.items()},
        future={},
    )
    farm = f"f{cage // 20:03d}"
    return Place(
        place_id=f"{farm}-c{cage:04d}",
        farm_id=farm,
        point="p",
        rule=rules.rule_for(quantity),
        series=past,
        good_hours=int(np.isfinite(rolled).sum()),
        lat_deg=27.8,
        lon_deg=121.2,
    )


def spent(call):
    began = time.process_time()
    made = call()
    return time.process_time() - began, made


def cpu_pass(quick):
    """Return CPU seconds of every forecast and of every fit that was made, and the sizes of what is kept."""
    rules, random = load_rules(RULES_DIR / "forecast.toml"), np.random.default_rng(SEED)
    series = {q: record(q, rules.history_days * 24) for q in RECORDS}
    cages, fits = (60, 3) if quick else (CAGES, round(CAGES / rules.refit_h))
    taught = AT - timedelta(hours=2)
    forecast_s, fit_s, sizes, kept = [], [], {q: [] for q in RECORDS}, {q: [] for q in RECORDS}
    for quantity in RECORDS:
        issue(
            place(rules, quantity, series[quantity], 0, random), rules, AT, None, []
        )  # first call: imports and caches
        for n in range(fits):
            here = place(rules, quantity, series[quantity], n, random)
            took, one = spent(lambda h=here: issue(h, rules, AT, None, []))
            raw = keeping.to_bytes(one.fitted)
            fit_s.append(took)
            sizes[quantity].append(len(raw))
            kept[quantity].append(kept_of(taught, raw, one.fitted))
    for cage in range(cages):
        for quantity in RECORDS:
            here = place(rules, quantity, series[quantity], cage, random)
            model = kept[quantity][cage % len(kept[quantity])]
            if due(here.key, model.fitted_at, AT, rules.refit_h):
                continue
            took, one = spent(lambda h=here, m=model: issue(h, rules, AT, (m.fitted_at, m.model()), []))
            if one.fitted is not None:
                raise SystemExit("A kept model was not used: the figure would be of a fit.")
            forecast_s.append(took)
    return rules, forecast_s, fit_s, sizes


def figures_of(quick):
    rules, forecast_s, fit_s, sizes = cpu_pass(quick)
    count = CAGES * len(RECORDS)
    a_day = count / rules.refit_h
    per_cage = sum(float(np.median(size)) for size in sizes.values())
    return {
        "pass_cpu_s": count * float(np.mean(forecast_s)) + a_day * float(np.mean(fit_s)),
        "forecast_ms_median": 1000 * float(np.median(forecast_s)),
        "forecast_ms_p10": 1000 * float(np.quantile(forecast_s, 0.1)),
        "forecast_ms_p90": 1000 * float(np.quantile(forecast_s, 0.9)),
        "fit_ms_median": 1000 * float(np.median(fit_s)),
        "fit_ms_p10": 1000 * float(np.quantile(fit_s, 0.1)),
        "fit_ms_p90": 1000 * float(np.quantile(fit_s, 0.9)),
        "fits_a_pass": a_day,
        "forecasts_measured": len(forecast_s),
        "fits_measured": len(fit_s),
        **{f"kept_kb_{q}": float(np.median(size)) / 1000 for q, size in sizes.items()},
        "kept_kb_a_series_max": max(max(size) for size in sizes.values()) / 1000,
        "kept_kb_a_cage": per_cage / 1000,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="60 cages and 6 fits instead of 1,000 and a pass's share")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--database", type=int, default=0, metavar="N", help="also whole passes over N cages")
    options = parser.parse_args()
    figures = figures_of(options.quick)
    if options.database:
        from benchmarks.forecast.pass_database import database_pass

        figures |= asyncio.run(database_pass(options.database))
    figures = {key: round(value, 3) for key, value in figures.items()}
    if not options.json:
        for key, value in figures.items():
            print(f"{key:24s} {value}")
        print(f"bars: pass_cpu_s <= 60 ({CAGES} cages x {len(RECORDS)}, one core), kept_kb_a_series_max <= 50")
    print(json.dumps({**figures, "seed": SEED, "quick": options.quick,
                      "method": "mean CPU of a forecast x 2,000 + of a fit x 2,000 / 24, by the service's issue()",
                      "machine": f"{platform.machine()} python {platform.python_version()}"}))  # fmt: skip


if __name__ == "__main__":
    main()
