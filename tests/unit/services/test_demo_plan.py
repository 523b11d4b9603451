"""The demo's plan: what is kept over restarts, and each refusal in one clear sentence."""

import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import StartError
from services import demo_plan
from services.demo_plan import DemoOptions, make_plan, take_folder

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def options(data: Path, **changes: object) -> DemoOptions:
    return DemoOptions(data=data, **changes)  # type: ignore[arg-type]


def test_plan_second_start_keeps_ports_anchor_and_passwords(tmp_path: Path) -> None:
    take_folder(tmp_path).close()
    first = make_plan(options(tmp_path), now=NOW)
    second = make_plan(options(tmp_path), now=datetime(2026, 8, 1, tzinfo=UTC))
    assert first.first_start
    assert not second.first_start
    assert (second.anchor, second.mqtt_password, second.accounts_password) == (
        NOW, first.mqtt_password, first.accounts_password,
    )  # fmt: skip
    assert second.ports.database == first.ports.database


def test_plan_other_scenario_starts_its_sea_anew(tmp_path: Path) -> None:
    take_folder(tmp_path).close()
    make_plan(options(tmp_path), now=NOW)
    later = datetime(2026, 8, 1, tzinfo=UTC)
    assert make_plan(options(tmp_path, scenario="calm"), now=later).anchor == later


def test_plan_secrets_are_readable_by_the_owner_only(tmp_path: Path) -> None:
    take_folder(tmp_path).close()
    make_plan(options(tmp_path), now=NOW)
    assert (tmp_path / "run" / "plan.json").stat().st_mode & 0o077 == 0


def test_plan_damaged_memory_is_like_a_first_start(tmp_path: Path) -> None:
    take_folder(tmp_path).close()
    (tmp_path / "run" / "plan.json").write_text('{"ports": ')
    assert make_plan(options(tmp_path), now=NOW).first_start


def test_plan_port_in_use_is_refused_with_advice(tmp_path: Path) -> None:
    take_folder(tmp_path).close()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {port} is in use.*--port"):
            make_plan(options(tmp_path, port=port), now=NOW)


def test_plan_kept_port_in_use_is_replaced(tmp_path: Path) -> None:
    take_folder(tmp_path).close()
    first = make_plan(options(tmp_path), now=NOW)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first.ports.broker))
        taken.listen()
        assert make_plan(options(tmp_path), now=NOW).ports.broker != first.ports.broker


def test_folder_in_use_is_refused(tmp_path: Path) -> None:
    lock = take_folder(tmp_path)
    with pytest.raises(StartError, match="in use by another huangyu"):
        take_folder(tmp_path)
    lock.close()
    take_folder(tmp_path).close()


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(StartError, match="--data"):
        take_folder(path)


def test_folder_on_a_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = os.statvfs(tmp_path)
    monkeypatch.setattr(demo_plan, "LEAST_FREE_BYTES", stat.f_bavail * stat.f_frsize * 4)
    with pytest.raises(StartError, match="Not enough disk"):
        take_folder(tmp_path)
