"""Time of one pass of every fast cage rule over 1,000 cages with 12 sensors (used by ``cages_qc.py``)."""

import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from cages.limits import load_limits
from cages.rules import evaluate
from cages.snapshot import CageSnapshot, Sample, SeriesWindow
from core.qc import QcFlag
from core.reading import SeriesKey

AT = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
SENSORS = (
    ("d2", "do_mg_l", 6.0), ("d6", "do_mg_l", 5.8), ("d2", "water_temp_c", 24.0), ("d2", "salinity_psu", 30.0),
    ("d2", "ph", 8.1), ("d2", "turbidity_ntu", 8.0), ("d2", "chlorophyll_ug_l", 3.0), ("cur", "current_mps", 0.3),
    ("wave", "hs_m", 1.0), ("m1", "tension_kn", 12.0), ("m2", "tension_kn", 13.0), ("power", "battery_v", 12.9),
)  # fmt: skip


def farm_of(cages: int, samples: int = 36) -> list[CageSnapshot]:
    """Return cages with twelve series of `samples` values each, ten seconds apart."""
    draw = np.random.default_rng(1)
    times = [AT - timedelta(seconds=10 * (samples - 1 - i)) for i in range(samples)]
    snapshots = []
    for number in range(cages):
        cage, windows = f"f-c{number:04d}", {}
        for point, quantity, level in SENSORS:
            key = SeriesKey(cage=cage, point=point, quantity=quantity)
            values = level * (1 + 0.01 * draw.normal(size=samples))
            rows = tuple(
                Sample(observed_at=t, value=float(v), qc=QcFlag.GOOD) for t, v in zip(times, values, strict=True)
            )
            windows[key] = SeriesWindow(key=key, samples=rows, depth_m=2.0 if point == "d2" else None)
        snapshots.append(CageSnapshot(cage=cage, name=cage, farm="f", windows=windows))
    return snapshots


def judged_1000_s(runs: int = 3) -> float:
    """Return the median time of one pass over 1,000 cages. [s]"""
    limits = load_limits(Path(__file__).resolve().parents[1] / "config" / "rules")
    took = []
    for _ in range(runs):
        snapshots = farm_of(1000)  # anew: a snapshot keeps what it has sorted once
        began = time.process_time()
        for snapshot in snapshots:
            evaluate(snapshot, limits, at=AT, open_severity={})
        took.append(time.process_time() - began)
    return statistics.median(took)
