"""Skill of the forecasts on real series, peers in the same run: ``forecast_skill.py [--quick] [--json] [--workers N]``.

Rolling origins over the second half of each series, 48 h ahead; each method sees only what was before the origin.
LightGBM peers are fitted anew every tenth origin, everything else at every origin. Coverage at a lead counts the leads
within two hours of it and the series of one kind together. Brier scores stand beside those of the autoregression.
"""

import argparse
import json
import platform
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.forecast import peers  # noqa: E402
from forecasting import api, backtest  # noqa: E402
from forecasting.verify import pinball  # noqa: E402
from services import backtest_report  # noqa: E402

DATA = ROOT / "tests" / "data"
SERIES = (
    ("oxygen/apalachicola_cat_point_hourly.csv.gz", "oxygen"),
    ("waves/ndbc_41009_hourly.csv.gz", "wave"),
    ("waves/sydney_waverider_hourly.csv.gz", "wave"),
)
HORIZON_H = 48
LEADS_H = (6, 12, 24, 48)
SEED = 0


def read(name):
    raw = pd.read_csv(DATA / name)
    index = pd.DatetimeIndex(pd.to_datetime(raw.pop("time"), utc=True))
    return raw.set_index(index).sort_index().resample("1h").mean()


def auto_arima(history, kind):
    return backtest_report.auto_arima(history, HORIZON_H, kind, None)


def run_origins(job):
    name, kind, origins, with_arima, quick = job
    warnings.filterwarnings("ignore")
    table = read(name)
    what = backtest.plan(table, 40, HORIZON_H, kind)
    rows = {}
    size = {"origins": 1200, "rounds": 90} if quick else {}
    models = peers.fit_lightgbm(table.iloc[: origins[0]], HORIZON_H, kind, SEED, **size)
    for origin in origins:
        history = table.iloc[:origin]
        tables = {
            "huangyu": api.forecast(history, HORIZON_H, peers.DECILES.tolist(), kind, seed=SEED),
            "ar": peers.ar(history, HORIZON_H, kind),
            "ridge": peers.ridge(history, HORIZON_H, kind),
            "lightgbm": peers.predict_lightgbm(models, history, HORIZON_H, kind),
            "persistence": peers.persistence(history, HORIZON_H, kind),
        }
        if with_arima:
            tables["autoarima"] = auto_arima(history, kind)
        mixed = ("ar", "ridge", "lightgbm") if kind == "oxygen" else ("persistence", "ar", "lightgbm")
        tables["blend"] = np.mean([tables[m] for m in mixed], axis=0)
        chances = {
            "huangyu": chance(api.paths(history, HORIZON_H, 200, kind, seed=SEED), what),
            "ar": chance(peers.ar_paths(history, HORIZON_H, kind, 200, SEED), what),
        }
        rows[int(origin)] = (tables, chances, table["y"].to_numpy()[origin : origin + 48])
    return name, kind, what, rows


def chance(paths, what):
    """Return the share of paths that go beyond the limit within a day."""
    seen = paths[:, :24]
    return float((seen < what.event_limit if what.event_below else seen > what.event_limit).any(axis=1).mean())


def skill(results, ours, other, kind):
    def loss(method):
        per = [
            np.nanmean([np.nanmean(pinball(y, t[method], peers.DECILES)) for t, _, y in rows.values()])
            for _, k, _, rows in results
            if k == kind
        ]
        return float(np.mean(per))

    return loss(ours) / loss(other)


def coverage(results, kind):
    out = {}
    for lead in LEADS_H:
        hits = []
        for _, k, _, rows in results:
            if k != kind:
                continue
            for tables, _, y in rows.values():
                part = slice(max(0, lead - 3), min(HORIZON_H, lead + 2))
                q, truth = tables["huangyu"][part], y[part]
                hits += [float(a <= v <= b) for (a, b), v in zip(q[:, [0, -1]], truth, strict=True) if np.isfinite(v)]
        out[lead] = float(np.mean(hits))
    return out


def brier(results, kind, method="huangyu"):
    pairs = []
    for _, k, what, rows in results:
        if k != kind:
            continue
        for _, chances, y in rows.values():
            seen = backtest.happened(y, what, 24)
            if seen is not None:
                pairs.append((chances[method], float(seen)))
    return float(np.mean([(p - s) ** 2 for p, s in pairs]))


def warm_cpu_ms(name, kind):
    table = read(name)
    api.paths(table.iloc[:12_000], HORIZON_H, 200, kind)
    spent = []
    for more in range(1, 8):
        history = table.iloc[: 12_000 + more]
        began = time.process_time()
        api.paths(history, HORIZON_H, 200, kind)
        spent.append(1000 * (time.process_time() - began))
    return float(np.median(spent))


def merged(parts):
    by_name = {}
    for name, kind, what, rows in parts:
        if name in by_name:
            by_name[name][3].update(rows)
        else:
            by_name[name] = [name, kind, what, dict(rows)]
    return [tuple(row) for row in by_name.values()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four origins a series instead of 40")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    jobs, chunk = [], 10 if not options.quick else 4
    for name, kind in SERIES:
        origins = backtest.plan(read(name), 40, HORIZON_H, kind).origins
        chosen = origins[3::9][:4] if options.quick else origins
        jobs += [
            (name, kind, chosen[i : i + chunk], kind == "oxygen", options.quick) for i in range(0, len(chosen), chunk)
        ]
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        results = merged(pool.map(run_origins, jobs))
    cover = {kind: coverage(results, kind) for kind in ("oxygen", "wave")}
    every = [share for by_lead in cover.values() for share in by_lead.values()]
    figures = {
        "do_vs_blend": skill(results, "huangyu", "blend", "oxygen"),
        "do_vs_autoarima": skill(results, "huangyu", "autoarima", "oxygen"),
        "do_vs_persistence": skill(results, "huangyu", "persistence", "oxygen"),
        "hs_vs_blend": skill(results, "huangyu", "blend", "wave"),
        "hs_vs_persistence": skill(results, "huangyu", "persistence", "wave"),
        "cover_min": min(every),
        "cover_max": max(every),
        **{f"cover_{kind}_{lead}h": share for kind, by_lead in cover.items() for lead, share in by_lead.items()},
        "brier_do_24h": brier(results, "oxygen"),
        "brier_hs_24h": brier(results, "wave"),
        "brier_do_24h_ar": brier(results, "oxygen", "ar"),
        "brier_hs_24h_ar": brier(results, "wave", "ar"),
        "cpu_ms": warm_cpu_ms(*SERIES[0]),
    }
    figures = {key: round(value, 4) for key, value in figures.items()}
    if not options.json:
        for key, value in figures.items():
            print(f"{key:24s} {value}")
    origins = sum(len(rows) for *_, rows in results)
    print(json.dumps({**figures, "origins": origins, "seed": SEED, "quick": options.quick,
                      "method": "rolling origins over the second half, 48 h, mean pinball of nine deciles",
                      "machine": f"{platform.machine()} python {platform.python_version()}"}))  # fmt: skip


if __name__ == "__main__":
    main()
