"""What the cages' judge keeps and corrects on the real database: final flags, calibrations, health of probes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from cages.calibration import Calibration
from cages.limits import load_limits
from core.qc import QcFlag
from core.reading import Reading, SeriesKey
from services.judges import JudgeContext
from services.judges.cage_flags import FlagWriter
from services.judges.cages import judge
from store.farmlog import CageProfile
from store.places import Cage, Farm
from store.store import Store

RULES = Path(__file__).parents[2] / "config" / "rules"
LIMITS = load_limits(RULES)
AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CAGES = ("dt01-c01", "dt01-c02", "dt01-c03")


def key(cage: str, point: str = "d2", quantity: str = "do_mg_l") -> SeriesKey:
    return SeriesKey(cage=cage, point=point, quantity=quantity)


def series(name: SeriesKey, values: np.ndarray, step: timedelta) -> list[Reading]:
    times = [AT - step * (len(values) - 1 - i) for i in range(len(values))]
    return [
        Reading(series=name, observed_at=t, value=float(v), qc=QcFlag.GOOD) for t, v in zip(times, values, strict=True)
    ]


@pytest.fixture
async def farm(store: Store) -> Store:
    await store.places.save_farm(
        Farm(farm_id="dt01", name_zh="演示场", district_id="dongtou", lat_deg=27.8, lon_deg=121.2)
    )
    for cage in CAGES:
        await store.places.save_cage(Cage(cage_id=cage, farm_id="dt01", name_zh=cage, lat_deg=27.8, lon_deg=121.2))
    return store


def context(store: Store, at: datetime = AT) -> JudgeContext:
    return JudgeContext(store=store, rules_dir=RULES, at=at, open_keys=frozenset(), open_severity={})


async def flags_of(store: Store, name: SeriesKey) -> list[int]:
    (info,) = [i for i in await store.readings.series([name.cage], [name.quantity]) if i.point == name.point]
    rows = await store.readings.between([info.series_id], AT - timedelta(hours=6), AT + timedelta(seconds=1))
    return [row.qc for row in rows]


async def test_final_flags_are_written_over_the_edges_and_never_made_better(farm: Store) -> None:
    water = 6.0 + 0.8 * np.sin(np.arange(120) / 20)
    spiked = water.copy()
    spiked[60] += 4.0
    rows = [
        *series(key(CAGES[0]), spiked, timedelta(minutes=1)),
        *series(key(CAGES[1]), water + 0.1, timedelta(minutes=1)),
        *series(key(CAGES[2]), np.full(120, 5.9), timedelta(minutes=1)),  # stands still while the others move
        *series(key(CAGES[1], "d6"), water - 0.1, timedelta(minutes=1)),
    ]
    await farm.readings.add(rows, AT)
    snapshots = await farm.cages.snapshots(["do_mg_l"], since=AT - timedelta(minutes=5), until=AT)
    writer = FlagWriter()
    assert await writer.settle(context(farm), LIMITS.qc.live, snapshots) > 0
    first = await flags_of(farm, key(CAGES[0]))
    assert first[60] == QcFlag.FAIL
    assert set(first[:59] + first[62:]) == {QcFlag.GOOD}
    assert (await flags_of(farm, key(CAGES[2])))[-2] == QcFlag.SUSPECT
    assert set(await flags_of(farm, key(CAGES[1]))) == {QcFlag.GOOD}
    assert await writer.settle(context(farm, AT + timedelta(seconds=5)), LIMITS.qc.live, snapshots) == 0
    assert await FlagWriter().settle(context(farm), LIMITS.qc.live, snapshots) == 0


async def test_oxygen_that_one_cage_loses_by_itself_is_no_fault(farm: Store) -> None:
    draw = np.random.default_rng(3)
    falling = np.concatenate([np.full(60, 6.0), np.linspace(6.0, 1.5, 60)])  # 4.5 mg/L in an hour
    noise = draw.normal(0, 0.03, (3, 120))
    rows = [
        *series(key(CAGES[0]), falling + noise[0], timedelta(minutes=1)),
        *series(key(CAGES[1]), np.full(120, 6.1) + noise[1], timedelta(minutes=1)),
        *series(key(CAGES[2]), np.full(120, 6.2) + noise[2], timedelta(minutes=1)),
    ]
    await farm.readings.add(rows, AT)
    snapshots = await farm.cages.snapshots(["do_mg_l"], since=AT - timedelta(minutes=5), until=AT)
    await FlagWriter().settle(context(farm), LIMITS.qc.live, snapshots)
    assert set(await flags_of(farm, key(CAGES[0]))) == {QcFlag.GOOD}


async def test_calibration_corrects_history_from_then_on(farm: Store) -> None:
    await farm.readings.add(series(key(CAGES[0]), np.full(7, 5.0), timedelta(hours=1)), AT)
    while await farm.readings.refresh_rollups():
        pass
    for hours, kind, offset in ((3.5, "calibrated", 0.6), (1.5, "cleaned", 0.0)):
        service = Calibration(
            cage_id=CAGES[0], point="d2", quantity="do_mg_l", at=AT - timedelta(hours=hours), kind=kind,
            offset_value=offset,
        )  # fmt: skip
        assert await farm.farmlog.add_calibration(service)
    (info,) = await farm.readings.series([CAGES[0]])
    hourly = await farm.readings.hourly([info.series_id], AT - timedelta(hours=6), AT + timedelta(hours=1))
    corrected = pytest.approx([5.0, 5.0, 5.0, 5.6, 5.6, 5.6, 5.6])
    assert [row.value_avg for row in hourly] == corrected
    raw = await farm.readings.between([info.series_id], AT - timedelta(days=1), AT + timedelta(seconds=1))
    assert {row.value for row in raw} == {5.0}  # what is stored stays
    (cage,) = (c for c in await farm.cages.snapshots(["do_mg_l"], since=AT - timedelta(hours=6), until=AT) if c.windows)
    (window,) = cage.windows.values()
    assert [sample.value for sample in window.samples] == corrected


async def test_judge_keeps_the_health_of_probes_and_says_what_they_want(farm: Store) -> None:
    hours = np.arange(24 * 40)
    rows = []
    for number, cage in enumerate(CAGES):
        values = 6 + np.sin(2 * np.pi * hours / 12.42) + 0.1 * number
        if number == 0:
            values[-24 * 5 :] -= 0.2 * np.arange(24 * 5) / 24  # 0.2 mg/L a day since five days
        rows += series(key(cage), np.round(values + np.random.default_rng(number).normal(0, 0.05, hours.size), 3),
                       timedelta(hours=1))  # fmt: skip
    rows += series(key(CAGES[1], "power", "battery_v"), np.full(24 * 6, 12.1), timedelta(hours=1))
    rows += series(key(CAGES[1], "power", "pv_w"), np.full(24 * 6, 5.0), timedelta(hours=1))
    await farm.readings.add(rows, AT)
    while await farm.readings.refresh_rollups():
        pass
    await farm.farmlog.save_profile(CageProfile(cage_id=CAGES[1], battery_ah=100.0, load_w=20.0))
    overdue = Calibration(
        cage_id=CAGES[2], point="d2", quantity="do_mg_l", at=AT - timedelta(days=100), kind="calibrated"
    )
    assert await farm.farmlog.add_calibration(overdue)
    found = {f.key: f for f in await judge(context(farm))}
    drift = found["cages.drift:dt01-c01.d2.do_mg_l"]
    assert "偏低约" in drift.reason_zh
    assert "11月15日" in drift.reason_zh
    assert drift.advice_zh.startswith("清洗探头")
    assert "校准" in found["cages.probe_service:dt01-c03.d2.do_mg_l"].advice_zh
    assert "还能用" in found["cages.power:dt01-c02.power.days"].reason_zh
    health = {row.cage_id: row for row in await farm.farmlog.health() if row.quantity == "do_mg_l"}
    assert health[CAGES[0]].out_at == AT
    assert health[CAGES[1]].drift_since is None  # with the drifting one left out, one neighbour is too few to ask
    assert health[CAGES[2]].calibrate_at == AT - timedelta(days=10)
    assert health[CAGES[2]].uptime_pct == 100.0
