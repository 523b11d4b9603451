"""Onsets of high waves with the wind known ahead: ``forecast_onsets.py [--quick] [--json] [--file RECORD.csv ...]``.

Records of storms (`benchmarks/forecast/typhoon_records.py`, or CSV files with time, y and wind_mps). The last 40 % of
the records are held out; the history of a forecast is the earlier records joined to the own record up to the origin,
or the own record alone. Joined records are moved to days of their own, for several buoys see one storm. The wind ahead
is the measured one wrong by 2 m/s (red noise of 6 h, white, or one constant error). An onset is 4 m reached in the 12 h
after an origin; the forecast warns where more than a share of the 200 paths reach it (`WARN_AT`; the scores of other
shares stand beside). Origins stand every 2 h from the first day on, wherever the last height is below 4 m.
"""

import argparse
import json
import platform
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.forecast.typhoon_records import records, red  # noqa: E402
from forecasting import api  # noqa: E402
from forecasting.verify import pinball  # noqa: E402

TRACKS = ROOT / "tests" / "data" / "tracks" / "ibtracs_wp_2019_2021_excerpt.csv"
SEED = 11
LEAD_H, LIMIT_M, WIND_ERROR_MPS, WARN_AT = 12, 4.0, 2.0, 0.5
OTHER_SHARES = (0.3, 0.4, 0.6)
APART_DAYS = 25
"""Longer than a record and the hole that keeps two of them separate events. [d]"""
DECILES = np.arange(1, 10) / 10


def wrong(wind, form, random):
    shape = {
        "red": red(random, len(wind), 1.0, 6.0),
        "white": random.standard_normal(len(wind)),
        "constant": np.full(len(wind), random.standard_normal()),
    }[form]
    return np.maximum(wind + WIND_ERROR_MPS * shape, 0.0)


def origins(y):
    """Return row numbers with what the next 12 h bring: an onset at the twelfth or earlier, or none."""
    starts = [r for r in range(24, len(y) - LEAD_H, 2) if y[r - 1] < LIMIT_M]
    return [(row, bool(np.nanmax(y[row : row + LEAD_H]) >= LIMIT_M)) for row in starts]


def forecasts(past, record, form, random, alone):
    """Yield chance, outcome and pinball of every origin of one record."""
    y = record["y"].to_numpy()
    for row, seen in origins(y):
        own = record.iloc[:row]
        history = own if alone else pd.concat([*past, own])
        ahead = record[["wind_mps"]].iloc[row : row + LEAD_H].copy()
        future = None
        if form != "none":
            ahead["wind_mps"] = wrong(ahead["wind_mps"].to_numpy(), form, random)
            future = ahead
        paths = api.paths(history, LEAD_H, 200, "wave", future, seed=SEED)
        chance = float((paths.max(axis=1) >= LIMIT_M).mean())
        deciles = np.quantile(paths, DECILES, axis=0).T
        yield chance, seen, float(np.nanmean(pinball(y[row : row + LEAD_H], deciles, DECILES)))


def apart(records, before):
    """Return records one after the other before a time, each moved by whole days: several buoys saw the same storm."""
    last = before.normalize() - pd.Timedelta(days=APART_DAYS)
    moved = []
    for number, record in enumerate(reversed(records)):
        first = last - pd.Timedelta(days=APART_DAYS * (number + 1))
        moved.append(record.set_axis(record.index + (first - record.index[0].normalize())))
    return moved[::-1]


def run(tables, form, alone, seed):
    random = np.random.default_rng(seed)
    cut = int(0.6 * len(tables))
    start = tables[cut].index[0]
    past = apart([t for t in tables[:cut] if t.index[-1] < start], start)
    rows = [row for t in tables[cut:] for row in forecasts(past, t, form, random, alone)]
    chance, seen, loss = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    came = seen > 0
    others = {
        f"{key}_at_{share}": value for share in OTHER_SHARES for key, value in table(chance > share, came).items()
    }
    return {
        **table(chance > WARN_AT, came),
        "brier": float(np.mean(np.square(chance - came))),
        "pinball": float(loss.mean()),
        "cases": len(rows),
        "onsets": int(came.sum()),
        **others,
    }


def table(warned, came):
    hits = float((warned & came).sum())
    return {
        "pod": hits / max(1, came.sum()),
        "far": float((warned & ~came).sum()) / max(1, warned.sum()),
        "csi": hits / max(1, (warned | came).sum()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every third record, one form of error")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--file", nargs="*", type=Path, default=[])
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    if options.file:
        tables = [pd.read_csv(f, parse_dates=["time"], index_col="time")[["y", "wind_mps"]] for f in options.file]
        tables.sort(key=lambda record: record.index[0])
    else:
        tables = records(TRACKS, SEED)
    if options.quick:
        tables = tables[::3]
    figures = {}
    for form in ("none", "red") if options.quick else ("none", "red", "white", "constant"):
        for alone in (False, True):
            name = f"{form}_{'alone' if alone else 'joined'}"
            found = run(tables, form, alone, SEED)
            figures |= {f"{name}_{key}": round(float(value), 4) for key, value in found.items()}
            if not options.json:
                print(name, {key: round(float(value), 3) for key, value in found.items()}, flush=True)
    print(json.dumps({**figures, "records": len(tables), "seed": SEED, "quick": options.quick,
                      "method": "held-out records, 12 h, first hour above 4 m, wind ahead wrong by 2 m/s",
                      "machine": f"{platform.machine()} python {platform.python_version()}"}))  # fmt: skip


if __name__ == "__main__":
    main()
