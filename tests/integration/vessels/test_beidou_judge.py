"""Beidou positions from a file into the database, and what the watch makes of them beside AIS and radar."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import AppError
from core.finding import Condition
from core.position import Position, PositionSource
from services.cli.beidou import app
from services.judges import JudgeContext
from services.judges.beidou import BeidouJudge
from services.judges.detections import DetectionJudge
from store.store import Store
from tests.integration.vessels.sailing import ANCHOR, RULES
from vessels.beidou import BeidouFix
from vessels.register import read_csv

SILENT = 412000003
BOATS = range(6)


def _place(boat: int, minute: float) -> tuple[float, float]:
    """Return where a boat of 6 kn northward is."""
    return 27.8 + 0.1 * minute / 60, 121.2 + 0.02 * boat


async def _register(store: Store) -> None:
    rows = "\n".join(f"浙洞渔1000{k},{412000000 + k},{300000 + k},洞头" for k in BOATS)
    file = read_csv(f"name_zh,mmsi,beidou_id,port\n{rows}\n".encode())
    await store.register.import_file(file, ANCHOR - timedelta(days=1), actor="test")


def _fixes(begin: float, end: float, boats: range = BOATS) -> list[BeidouFix]:
    return [
        BeidouFix(beidou_id=str(300000 + k), at_s=(ANCHOR + timedelta(minutes=m)).timestamp(), lat_deg=_place(k, m)[0],
                  lon_deg=_place(k, m)[1])
        for m in range(int(begin), int(end)) for k in boats if m % 10 == k
    ]  # fmt: skip


def _ais(minute: float) -> list[Position]:
    return [
        Position(
            mmsi=412000000 + k, observed_at=ANCHOR + timedelta(minutes=minute), lat_deg=_place(k, minute)[0],
            lon_deg=_place(k, minute)[1], source=PositionSource.AIS_B, sog_kn=6.0, cog_deg=0.0,
        )
        for k in BOATS if 412000000 + k != SILENT or not 30 <= minute < 130
    ]  # fmt: skip


def _context(store: Store, at: datetime, open_keys: frozenset[str] = frozenset()) -> JudgeContext:
    return JudgeContext(store=store, rules_dir=RULES, at=at, open_keys=open_keys)


async def test_boat_with_silent_ais_is_told_from_stored_beidou_positions_and_ends_when_heard(store: Store) -> None:
    await _register(store)
    judge, key = BeidouJudge(), f"vessels.beidou.ais_silent:{SILENT}"
    told: dict[int, Condition] = {}
    for minute in range(0, 140, 2):
        at = ANCHOR + timedelta(minutes=minute)
        await store.positions.add(_ais(minute), at)
        await store.beidou.add(_fixes(minute - 2, minute), at)
        opened = frozenset({key}) if Condition.ACTIVE in told.values() else frozenset[str]()
        for finding in await judge(_context(store, at, opened)):
            assert finding.key == key
            told[minute] = finding.condition
    active = [minute for minute, condition in told.items() if condition is Condition.ACTIVE]
    assert 60 <= min(active) <= 75
    assert max(active) < 134
    assert told[138] is Condition.CLEARED


async def test_radar_plots_of_a_boat_that_only_beidou_sees_are_hers(store: Store) -> None:
    await _register(store)
    await store.beidou.add(_fixes(-30, 15, range(1)), ANCHOR)
    plots = [
        {
            "observed_at": ANCHOR + timedelta(seconds=30 * k), "sensor": "gw-dt01/radar1", "number": 1,
            "lat_deg": _place(0, k / 2)[0], "lon_deg": _place(0, k / 2)[1], "uncertainty_m": 100.0, "sog_kn": None,
            "cog_deg": None,
        }
        for k in range(26)
    ]  # fmt: skip
    await store.positions.add_detections(plots, ANCHOR)
    judge = DetectionJudge()
    for minute in (4, 8, 14):
        assert await judge(_context(store, ANCHOR + timedelta(minutes=minute))) == []


def test_import_stores_good_rows_once_and_names_the_bad_ones(database_dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "beidou.csv"
    good = ["300001,2026-11-20T04:00:00Z,27.8,121.2", "999999,2026-11-20T12:05:00+08:00,27.8,121.2"]
    bad = ["300001,soon,27.8,121.2", ",2026-11-20T04:00:00Z,27.8,121.2", "300001,2026-11-20T04:00:00Z,97,121.2", "1,2"]
    file.write_bytes("\n".join(["北斗卡号,时间,纬度,经度", *good, *bad]).encode("gb18030"))

    def run(*more: str) -> dict[str, object]:
        done = CliRunner().invoke(
            app, ["import", str(file), "--dsn", database_dsn, "--json", *more], catch_exceptions=False
        )
        figures: dict[str, object] = json.loads(done.stdout)
        return figures

    assert run("--dry-run")["stored"] == 0
    assert [run()["stored"], run()["stored"]] == [2, 0]
    figures = run()
    assert figures["not_in_register"] == 2
    assert [str(p).split("：")[0].split(" / ")[0] for p in figures["problems"]] == [  # type: ignore[attr-defined]
        f"beidou.csv 第 {line} 行" for line in (4, 5, 6, 7)
    ]


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"beidou_id,time,lat,lon\n", b"\x00\xff" * 50, b""])
def test_import_of_a_file_without_positions_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "no.csv").write_bytes(content)
    with pytest.raises(AppError, match=r"no\.csv"):
        CliRunner().invoke(app, ["import", str(tmp_path / "no.csv"), "--dsn", "x"], catch_exceptions=False)
