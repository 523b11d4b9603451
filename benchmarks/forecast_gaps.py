"""What damaged histories cost the forecasts: ``forecast_gaps.py [--quick] [--json]``, one process.

Rolling origins over the second half of each series, 48 h ahead. Only the history is damaged, every column of it; the
truth is whole. Models are fitted anew every tenth origin, on the history damaged alike. Each figure is the mean pinball
of nine deciles with the damage over that without, in percent above 100. `hole_now` ends at the origin: three days of
the newest values are gone, which no method can make good; persistence from the last value is measured beside it.
"""

import argparse
import json
import platform
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.forecast_skill import HORIZON_H, SERIES, read  # noqa: E402
from forecasting import backtest  # noqa: E402
from forecasting.model import engine, fitting  # noqa: E402
from forecasting.series import history  # noqa: E402
from forecasting.verify import pinball  # noqa: E402

DECILES = np.arange(1, 10) / 10
SEED = 0
CHUNK = 10
RECENT_H = 24
"""The hole of `hole_recent` ends so long before the origin: inside every lag the models use. [h]"""


def thirty_missing(table, rng):
    return table[rng.random(len(table)) >= 0.3]


def hole_recent(table, rng):
    del rng
    return table.drop(table.index[-RECENT_H - 72 : -RECENT_H])


def holes_weekly(table, rng):
    keep = np.ones(len(table), dtype=bool)
    for start in range(0, len(table) - 168, 168):
        at = start + rng.integers(0, 96)
        keep[at : at + 72] = False
    return table[keep]


def two_hourly(table, rng):
    """Keep a row about every two hours, one to three apart, at any minute of its hour."""
    steps = np.cumsum(rng.integers(1, 4, len(table)))
    rows = table.iloc[len(table) - steps[steps <= len(table)][::-1]]
    return rows.set_index(rows.index + rng.integers(0, 3600, len(rows)) * np.timedelta64(1, "s"))


def hole_now(table, rng):
    del rng
    return table.assign(y=table["y"].where(np.arange(len(table)) < len(table) - 72))


DAMAGES = {
    "missing_30": thirty_missing,
    "hole_recent": hole_recent,
    "holes_weekly": holes_weekly,
    "two_hourly": two_hourly,
    "hole_now": hole_now,
}


def damaged(table, damage, origin):
    """Return the damaged history up to an origin; its last hour stays in the table, so that the leads are the same."""
    rows = damage(table, np.random.default_rng([SEED, origin])) if damage else table
    last = table.index[-1:]
    return rows if rows.index[-1] >= last[0] else rows.reindex(rows.index.append(last))


def losses(table, kind, damage, chunks):
    """Return the pinball of each origin, and that of persistence from the newest value that is left."""
    ours, still = {}, {}
    for chunk in chunks:
        reads = {o: history.read(damaged(table.iloc[:o], damage, o), HORIZON_H, kind) for o in chunk}
        leads = HORIZON_H + min(engine.MAX_SILENT_H, max(engine.silent_hours(r) for r in reads.values()))
        model = engine.fit(fitting.fitted_part(reads[chunk[0]]), kind, leads)
        for origin, series in reads.items():
            truth = table["y"].to_numpy()[origin : origin + HORIZON_H]
            deciles = engine.predict(model, series, HORIZON_H).quantiles(DECILES)
            ours[origin] = float(np.nanmean(pinball(truth, deciles, DECILES)))
            last = backtest.persistence(damaged(table.iloc[:origin], damage, origin), HORIZON_H, kind, None)
            still[origin] = float(np.nanmean(pinball(truth, last, DECILES)))
    return ours, still


def costs(name, kind, quick):
    """Return percent by damage, absolute pinball, and the share of persistence under `hole_now`."""
    table = read(name)
    origins = backtest.plan(table, 40, HORIZON_H, kind).origins
    chosen = origins[1::4] if quick else origins
    chunks = [chosen[i : i + CHUNK] for i in range(0, len(chosen), CHUNK)]
    whole, _ = losses(table, kind, None, chunks)
    out, base = {}, float(np.mean(list(whole.values())))
    for damage in DAMAGES if not quick else ("missing_30", "hole_recent", "two_hourly"):
        ours, still = losses(table, kind, DAMAGES[damage], chunks)
        out[damage] = 100 * (float(np.mean(list(ours.values()))) / base - 1)
        if damage == "hole_now":
            out["hole_now_vs_persistence"] = float(np.mean(list(ours.values())) / np.mean(list(still.values())))
    return base, out, len(chosen)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="ten origins a series, and the bar's damages only")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began, figures, count = time.process_time(), {}, 0
    for name, kind in SERIES:
        short = name.split("/")[1].split("_hourly")[0].replace("_cat_point", "")
        base, found, origins = costs(name, kind, options.quick)
        count += origins
        figures[f"{short}_pinball"] = base
        figures |= {f"{short}_{d}{'' if d.endswith('persistence') else '_pct'}": value for d, value in found.items()}
    bars = [v for k, v in figures.items() if k.endswith(("missing_30_pct", "hole_recent_pct", "two_hourly_pct"))]
    figures |= {"worst_pct": max(bars), "cpu_s": time.process_time() - began}
    figures = {key: round(value, 4 if key.endswith("pinball") else 2) for key, value in figures.items()}
    if not options.json:
        for key, value in figures.items():
            print(f"{key:40s} {value}")
    print(json.dumps({**figures, "origins": count, "seed": SEED, "quick": options.quick,
                      "method": "rolling origins over the second half, 48 h, mean pinball of nine deciles",
                      "machine": f"{platform.machine()} python {platform.python_version()}"}))  # fmt: skip


if __name__ == "__main__":
    main()
