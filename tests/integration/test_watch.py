"""The watch on the real database: stored readings become an alert and a message; a failing judge silences nobody."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.rules import load as load_alert_rules
from core.finding import Finding
from core.qc import QcFlag
from core.reading import Reading, SeriesKey
from services.alerting import AlertDesk
from services.judges import JudgeContext, cages
from services.watch import NamedJudge, watch_once
from store.places import Cage, Farm
from store.store import Store

RULES = Path(__file__).parents[2] / "config" / "rules"
AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
KEY = SeriesKey(cage="dt01-c01", point="d2", quantity="do_mg_l")


async def broken(context: JudgeContext) -> list[Finding]:
    raise ValueError("table of gear is odd")


JUDGES = (NamedJudge(name="broken", judge=broken), NamedJudge(name="cages", judge=cages.judge))


@pytest.fixture
async def farm(store: Store) -> Store:
    await store.places.save_farm(
        Farm(farm_id="dt01", name_zh="演示场", district_id="dongtou", lat_deg=27.8, lon_deg=121.2)
    )
    await store.places.save_cage(
        Cage(cage_id="dt01-c01", farm_id="dt01", name_zh="1号网箱", lat_deg=27.8, lon_deg=121.2)
    )
    return store


async def look(store: Store, at: datetime, value: float) -> list[tuple[str, int, str]]:
    """Keep a minute of readings, watch once, and return (key, severity, condition) of the open alerts."""
    times = [at - timedelta(seconds=10 * i) for i in range(6)]
    rows = [Reading(series=KEY, observed_at=t, value=value, qc=QcFlag.GOOD) for t in times]
    await store.readings.add(rows, at)
    desk = AlertDesk(store, load_alert_rules(RULES))
    report = await watch_once(store, desk, JUDGES, RULES, at)
    assert report.problems == {"broken": "ValueError: table of gear is odd"}
    return [(a.key, int(a.severity), str(a.condition)) for a in await store.alerts.open_alerts()]


async def test_watch_low_oxygen_raises_one_alert_that_worsens_and_clears(farm: Store) -> None:
    seen = {}
    for minute, value in enumerate((3.8, 3.8, 3.8, 2.5, 2.5, 6.0, 6.0, 6.0, 6.0, 6.0)):
        seen[minute] = await look(farm, AT + timedelta(minutes=5 * minute), value)
    assert seen[2] == [("cages.oxygen:dt01-c01", 2, "active")]
    assert seen[4] == [("cages.oxygen:dt01-c01", 3, "active")]
    assert all(condition == "cleared" for _, _, condition in seen[9])
    assert await farm.alerts.verify_chain() == []
