"""Past days: the same sea as live, in order, with every series of the farm."""

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.qc import QcFlag
from core.units import QUANTITIES
from firmware_sim.device import Device
from firmware_sim.faults import from_settings
from firmware_sim.history import history, series_bill, units
from firmware_sim.scenario import load_scenario
from firmware_sim.sea import Sea

ANCHOR = datetime(2026, 11, 23, 4, 0, 7, tzinfo=UTC)


def test_history_of_a_day_has_every_series_at_every_step_in_order() -> None:
    rows = list(history("calm", 1, ANCHOR, days=1, step_s=600))
    bill = [key for key, _ in series_bill()]
    assert len(rows) == 144 * len(bill)
    assert [row.series for row in rows[: len(bill)]] == bill
    assert all(a.observed_at <= b.observed_at for a, b in itertools.pairwise(rows))
    assert rows[-1].observed_at < ANCHOR <= rows[-1].observed_at + timedelta(seconds=600)
    for row in rows:
        limits = QUANTITIES[row.series.quantity]
        assert row.qc is QcFlag.GOOD
        assert row.value is not None
        assert limits.low <= row.value <= limits.high


def test_history_joins_the_live_values_exactly() -> None:
    at = datetime(2026, 11, 23, 3, 50, tzinfo=UTC)
    past = {r.series: r.value for r in history("hypoxia", 5, ANCHOR, days=0.01, step_s=600) if r.observed_at == at}
    sea = Sea("hypoxia", 5, ANCHOR)
    seen = 0
    for unit in units():
        for name, value in Device(unit=unit, bus="b", sea=sea).shown(at.timestamp()).items():
            key = next((k for k in past if (k.cage, k.point, k.quantity) == (unit.cage, unit.point, name)), None)
            if key is not None and not (unit.profile == "vaisala-wxt530" and name == "wind_dir_deg"):
                assert past[key] == pytest.approx(value[0])
                seen += 1
    assert seen == len(past)


def test_history_of_another_chunk_size_or_start_is_the_same_sea() -> None:
    long = {(r.series, r.observed_at): r.value for r in history("calm", 2, ANCHOR, days=2, cages=["dt01-c01"])}
    short = {(r.series, r.observed_at): r.value for r in history("calm", 2, ANCHOR, days=0.5, cages=["dt01-c01"])}
    assert short.items() <= long.items()
    assert {key.cage for key, _ in short} == {"dt01-c01"}


def test_history_until_an_earlier_instant_ends_there() -> None:
    until = ANCHOR - timedelta(days=3)
    rows = list(history("calm", 1, ANCHOR, days=0.2, until=until))
    assert max(r.observed_at for r in rows) < until


def test_oxygen_of_a_month_has_day_and_tide_in_it() -> None:
    rows = [
        (r.observed_at.timestamp(), r.value)
        for r in history("calm", 3, ANCHOR, days=30, step_s=1800, cages=["dt01-c03"])
        if r.series.point == "d2" and r.series.quantity == "do_mg_l"
    ]
    t, y = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    smooth = np.convolve(y, np.ones(145) / 145, mode="same")
    left = (y - smooth)[72:-72]
    hours = t[72:-72] / 3600.0

    def power(period_h: float) -> float:
        return float(abs((left * np.exp(-2j * np.pi * hours / period_h)).mean()))

    quiet = np.median([power(p) for p in (9.1, 10.3, 17.3, 19.7)])
    assert power(24.0) > 3 * quiet
    assert power(12.42 / 2) > 2 * quiet  # slack water comes twice a tide


def test_probe_that_fouls_since_days_ago_reads_low_in_the_past_too() -> None:
    def oxygen(scenario: str) -> dict[datetime, float | None]:
        rows = history(scenario, 1, ANCHOR, days=5, step_s=3600, cages=["dt01-c01"])
        return {r.observed_at: r.value for r in rows if (r.series.point, r.series.quantity) == ("d2", "do_mg_l")}

    fouled = oxygen("sensor_faults")
    faults = from_settings(load_scenario("sensor_faults").faults, ANCHOR.timestamp())
    clean = Sea("sensor_faults", 1, ANCHOR)
    drift = next(fault for fault in faults if fault.kind == "drift")
    for at, value in fouled.items():
        true = clean.water("dt01-c01", 2.0, at.timestamp())["do_mg_l"][0]
        days = max(at.timestamp() - drift.start_s, 0.0) / 86_400.0
        assert value == pytest.approx(true - 0.25 * days, abs=0.04)
    assert min(fouled) < ANCHOR - timedelta(days=4)
