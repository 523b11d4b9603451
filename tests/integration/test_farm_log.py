"""The farm's records on the real database and on the fake: one contract."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio.to_thread
import psycopg
import pytest
from typer.testing import CliRunner

from cages.calibration import Calibration
from cages.farmlog import LogEntry, LogKind
from services.cli.farm import app
from store.fake import FakeStore
from store.farmlog import CageProfile
from store.places import Cage, Farm
from store.store import Store

AT = datetime(2026, 5, 1, tzinfo=UTC)
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(params=["real", "fake"])
async def any_store(request: pytest.FixtureRequest, store: Store) -> Any:
    chosen: Any = store if request.param == "real" else FakeStore()
    await chosen.places.save_farm(
        Farm(farm_id="dt01", name_zh="演示场", district_id="dongtou", lat_deg=27.8, lon_deg=121.2)
    )
    await chosen.places.save_cage(
        Cage(cage_id="dt01-c01", farm_id="dt01", name_zh="1号网箱", lat_deg=27.8, lon_deg=121.2)
    )
    return chosen


def stocking(count: int = 28_000) -> LogEntry:
    return LogEntry(cage_id="dt01-c01", at=AT, kind=LogKind.STOCKING, fish_count=count, mean_weight_g=420.0)


async def test_farm_log_same_rows_twice_count_once(any_store: Any) -> None:
    assert await any_store.farmlog.add([stocking()], by="farmer") == 1
    assert await any_store.farmlog.add([stocking()], by="farmer") == 0
    stock = (await any_store.farmlog.stock(until=UNTIL))["dt01-c01"]
    assert stock.biomass_kg == pytest.approx(11_760)


async def test_farm_log_withdrawn_row_no_longer_counts(any_store: Any) -> None:
    await any_store.farmlog.add([stocking()], by="farmer")
    assert await any_store.farmlog.withdraw(1, by="farmer", at=UNTIL)
    assert not await any_store.farmlog.withdraw(1, by="farmer", at=UNTIL)
    assert await any_store.farmlog.stock(until=UNTIL) == {}


async def test_plate_and_services_come_back_as_they_were(any_store: Any) -> None:
    plate = CageProfile(cage_id="dt01-c01", volume_m3=1400.0, aerator_kw=3.0)
    service = Calibration(cage_id="dt01-c01", point="d2", quantity="do_mg_l", at=AT, kind="calibrated", gain=1.5)
    assert await any_store.farmlog.save_profile(plate)
    assert await any_store.farmlog.add_calibration(service)
    assert await any_store.farmlog.profiles() == {"dt01-c01": plate}
    assert await any_store.farmlog.calibrations() == [service]
    assert not await any_store.farmlog.save_profile(CageProfile(cage_id="nowhere"))


async def test_import_command_refuses_a_file_with_a_bad_row_and_takes_a_good_one(
    store: Store, database_dsn: str, tmp_path: Path
) -> None:
    await store.places.save_farm(
        Farm(farm_id="dt01", name_zh="演示场", district_id="dongtou", lat_deg=27.8, lon_deg=121.2)
    )
    await store.places.save_cage(
        Cage(cage_id="dt01-c01", farm_id="dt01", name_zh="1号网箱", lat_deg=27.8, lon_deg=121.2)
    )
    good = "网箱,时间,类型,尾数,均重克\ndt01-c01,2026-05-01 08:00,投苗,28000,420\n"
    file = tmp_path / "log.csv"

    async def run(*options: str) -> Any:
        args = ["log", "import", str(file), "--dsn", database_dsn, *options]
        return await anyio.to_thread.run_sync(lambda: CliRunner().invoke(app, args))

    file.write_text(good + "dt01-c01,2026-05-02,死亡,,\n", encoding="utf-8")
    refused = await run()
    assert refused.exit_code == 1
    assert "第3行" in refused.output
    assert await store.farmlog.stock(until=UNTIL) == {}
    file.write_text(good, encoding="utf-8")
    assert (await run("--dry-run")).exit_code == 0
    assert await store.farmlog.stock(until=UNTIL) == {}
    assert (await run("--json")).exit_code == 0
    assert (await store.farmlog.stock(until=UNTIL))["dt01-c01"].fish_count == 28_000


def test_log_rows_are_seen_only_in_the_scope_of_a_session(database_dsn: str, role_dsn: Callable[[str], str]) -> None:
    with psycopg.connect(database_dsn, autocommit=True) as owner:
        owner.execute("insert into farm (farm_id, name_zh, district_id, lat_deg, lon_deg) values ('f', 'f', 'd', 1, 1)")
        owner.execute("insert into cage (cage_id, farm_id) values ('f-c01', 'f')")
        owner.execute("insert into farm_log (cage_id, farm_id, at, kind) values ('f-c01', 'f', now(), 'note')")
    with psycopg.connect(role_dsn("huangyu_reader")) as reader:
        assert reader.execute("select count(*) from farm_log").fetchone() == (0,)
