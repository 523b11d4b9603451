"""The cages' judge on the real database: stored readings become findings."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from core.finding import Condition, Severity
from core.qc import QcFlag
from core.reading import Reading, SeriesKey
from services.judges import JudgeContext
from services.judges.cages import judge
from store.places import Cage, Farm
from store.store import Store

RULES = Path(__file__).parents[2] / "config" / "rules"
AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
KEY = SeriesKey(cage="dt01-c01", point="d2", quantity="do_mg_l")


@pytest.fixture
async def farm(store: Store) -> Store:
    await store.places.save_farm(
        Farm(farm_id="dt01", name_zh="演示场", district_id="dongtou", lat_deg=27.8, lon_deg=121.2)
    )
    await store.places.save_cage(
        Cage(cage_id="dt01-c01", farm_id="dt01", name_zh="1号网箱", lat_deg=27.8, lon_deg=121.2)
    )
    return store


async def keep(store: Store, *values: float, qc: QcFlag = QcFlag.GOOD, ended_s: float = 0) -> None:
    last = AT - timedelta(seconds=ended_s)
    times = [last - timedelta(seconds=10 * i) for i in range(len(values))]
    rows = [Reading(series=KEY, observed_at=t, value=v, qc=qc) for t, v in zip(reversed(times), values, strict=True)]
    await store.readings.add(rows, AT)


def context(store: Store, **open_severity: Severity) -> JudgeContext:
    keys = {key.replace("__", ":", 1): severity for key, severity in open_severity.items()}
    return JudgeContext(store=store, rules_dir=RULES, at=AT, open_keys=frozenset(keys), open_severity=keys)


async def test_judge_low_oxygen_in_the_database_is_found(farm: Store) -> None:
    await keep(farm, 6.0, 3.6, 3.5, 3.4)
    (finding,) = await judge(context(farm))
    assert (finding.key, finding.severity, finding.condition) == (
        "cages.oxygen:dt01-c01", Severity.YELLOW, Condition.ACTIVE,
    )  # fmt: skip
    assert finding.place is not None
    assert finding.subject.name == "1号网箱"


async def test_judge_healthy_cage_gives_nothing(farm: Store) -> None:
    await keep(farm, 6.0, 6.1, 6.2)
    assert await judge(context(farm)) == []


async def test_judge_backlog_is_not_live(farm: Store) -> None:
    await keep(farm, 1.0, 1.0, 1.0, ended_s=200)
    assert await judge(context(farm)) == []


async def test_judge_silent_series_makes_the_cage_blind(farm: Store) -> None:
    await keep(farm, 6.0, 6.0, ended_s=3600)
    (finding,) = await judge(context(farm))
    assert finding.key == "cages.blind:dt01-c01.do_mg_l"


async def test_judge_failed_flags_neither_alarm_nor_hide(farm: Store) -> None:
    await keep(farm, *[0.0] * 40, qc=QcFlag.FAIL)
    assert [f.rule for f in await judge(context(farm))] == ["cages.blind"]


async def test_limit_that_an_operator_changed_is_the_one_the_watch_judges_by(farm: Store, database_dsn: str) -> None:
    await keep(farm, 4.4, 4.4, 4.4)
    assert [f.severity for f in await judge(context(farm))] == [Severity.BLUE]
    with psycopg.connect(database_dsn) as owner:
        owner.execute("insert into rule_limit (scope, name, value) values ('dt01', 'oxygen.yellow', 4.5)")
        owner.execute("insert into rule_limit (scope, name, value) values ('elsewhere', 'oxygen.red', 4.5)")
    (finding,) = await judge(context(farm))
    assert (finding.severity, finding.values["limit_mg_l"]) == (Severity.YELLOW, 4.5)
    assert finding.rule_version.endswith("+own")
    with psycopg.connect(database_dsn) as owner:
        owner.execute("insert into rule_limit (scope, name, value) values ('dt01-c01', 'oxygen.red', 9)")
    assert [f.severity for f in await judge(context(farm))] == [Severity.BLUE], "contradicting limits: the file's hold"


async def test_longer_silence_that_an_operator_allows_makes_no_cage_blind(farm: Store, database_dsn: str) -> None:
    await keep(farm, 6.0, 6.0, ended_s=1500)
    assert [f.rule for f in await judge(context(farm))] == ["cages.blind"]
    with psycopg.connect(database_dsn) as owner:
        owner.execute("insert into rule_limit (scope, name, value) values ('*', 'blind.after', 1800)")
    assert await judge(context(farm)) == []
