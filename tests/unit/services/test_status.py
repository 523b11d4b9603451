"""The report of `huangyu status` and of `huangyu doctor`: pure verdicts on given figures."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services import doctor, status
from services.status import Level
from store.heartbeats import Heartbeat
from store.status import GatewayState, Overview

AT = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


def heartbeat(age_s: float, state: str = "running") -> Heartbeat:
    return Heartbeat(
        name="watch", host="h", pid=1, version="0", started_at=AT - timedelta(hours=1),
        beat_at=AT - timedelta(seconds=age_s), state=state, period_s=5.0, detail={"error": "disk full"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("age_s", "state", "level"),
    [(2, "running", Level.OK), (15, "running", Level.OK), (16, "running", Level.BAD), (2, "degraded", Level.WARN),
     (9999, "stopped", Level.WARN), (2, "waiting", Level.WARN)],
)  # fmt: skip
def test_service_is_judged_by_its_heartbeat(age_s: float, state: str, level: Level) -> None:
    (row,) = status.judge_services([heartbeat(age_s, state)], AT)
    assert row.level is level


def gateway(age_s: float | None, state: str = "online", clock: int = 1) -> GatewayState:
    last = None if age_s is None else AT - timedelta(seconds=age_s)
    return GatewayState(gateway_id="gw", state=state, last_batch_at=last, clock=clock, detail={"spool_rows": 3})


@pytest.mark.parametrize(
    ("case", "state", "level"),
    [
        ("fresh", gateway(10), Level.OK), ("never heard", gateway(None), Level.WARN),
        ("silent", gateway(200), Level.BAD),
        ("last will", gateway(10, "offline"), Level.BAD), ("clock unset", gateway(10, clock=0), Level.WARN),
    ],
)  # fmt: skip
def test_gateway_is_judged_by_its_last_batch(case: str, state: GatewayState, level: Level) -> None:
    (row,) = status.judge_gateways([state], AT)
    assert row.level is level


def overview(**changes: object) -> Overview:
    figures: dict[str, object] = {
        "newest_reading_at": AT - timedelta(seconds=9), "newest_position_at": AT - timedelta(seconds=4),
        "live_targets": 60,
        "quarantined_24h": 0, "given_up_24h": 0, "open_alerts": 2, "messages_waiting": 0, "messages_dead": 0,
        "database_bytes": 40_000_000, "server_version": "18.1",
    }  # fmt: skip
    return Overview(**(figures | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, Level.OK), ({"newest_reading_at": AT - timedelta(seconds=300)}, Level.BAD),
        ({"newest_reading_at": None}, Level.WARN),
        ({"quarantined_24h": 1}, Level.WARN), ({"given_up_24h": 1}, Level.BAD), ({"messages_dead": 1}, Level.BAD),
    ],
)  # fmt: skip
def test_overview_says_what_is_stale_or_lost(changes: dict[str, object], level: Level) -> None:
    assert status.worst_level(status.judge_overview(overview(**changes), AT)) is level


def test_processes_come_from_the_supervisors_file(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "status.json").write_text('[{"name": "gateway", "state": "restarting", "restarts": 2}]')
    (row,) = status.judge_processes(status.read_processes(tmp_path), AT)
    assert (row.name, row.level) == ("gateway", Level.BAD)
    assert json.loads(status.as_json([row]))["level"] == "bad"


@pytest.mark.parametrize("content", ["", "{}", "[1, 2]", "\x00"])
def test_processes_of_a_damaged_file_are_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "status.json").write_text(content)
    assert status.read_processes(tmp_path) == []


def test_doctor_old_python_and_old_clock_are_bad_with_a_remedy() -> None:
    for check in (doctor.check_python((3, 9, 2)), doctor.check_clock(lambda: 0.0)):
        assert check.level is Level.BAD
        assert check.remedy_zh
        assert check.remedy_en


def test_doctor_broken_settings_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("a = [")
    check = doctor.check_config(tmp_path)
    assert check.level is Level.BAD
    assert "broken.toml" in check.found


def test_doctor_shipped_settings_parse() -> None:
    assert doctor.check_config().level is Level.OK


def test_doctor_full_disk_is_bad(tmp_path: Path) -> None:
    assert doctor.check_disk(tmp_path, bad_bytes=2**62).level is Level.BAD


@pytest.mark.parametrize(("age_s", "level"), [(10, Level.WARN), (1000, Level.OK)])
def test_process_that_was_restarted_is_well_again_after_a_while(age_s: float, level: Level) -> None:
    state = {"name": "sms", "state": "running", "restarts": 1, "since": (AT - timedelta(seconds=age_s)).isoformat()}
    (row,) = status.judge_processes([state], AT)
    assert row.level is level
