"""The whole chain with one command: instruments to SMS and screen, killed parts, killed supervisor, second start."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.system.running_demo import ROOT, DemoProcess, left_after

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    """One ready demo for the tests of this module."""
    running = DemoProcess.start(tmp_path_factory.mktemp("demo") / "data", "--days", "3")
    try:
        print(f"ready after {running.until_ready():.0f} s")
        yield running
    finally:
        running.end()


@pytest.fixture(scope="module")
def own_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    """A ready demo to be broken: its parts first, then its supervisor."""
    running = DemoProcess.start(tmp_path_factory.mktemp("own") / "data", "--days", "1")
    try:
        running.until_ready()
        yield running
    finally:
        running.end()


def sign_in(page: Page, demo: DemoProcess, login: str) -> None:
    page.goto(f"{demo.address}signin")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", demo.password(login))
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "signin" not in url, timeout=60_000)


def test_demo_prints_address_accounts_and_the_first_sms(demo: DemoProcess) -> None:
    demo.until(lambda: re.search(r"短信 SMS.*\n.*网箱.*溶氧", demo.said), 60)
    assert demo.address
    assert "Traceback" not in demo.said
    assert "WARNING" not in demo.said


def test_demo_alert_is_seen_in_the_browser(demo: DemoProcess, chromium: Browser) -> None:
    demo.until(lambda: demo.rows("select 1 from alert where key = 'cages.oxygen:dt01-c02' and handling <> 'pending'"))
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    sign_in(page, demo, "farmer")
    expect(page.get_by_text("2号网箱").first).to_be_visible(timeout=30_000)
    expect(page.get_by_text("溶氧").first).to_be_visible(timeout=30_000)
    expect(page.get_by_text("增氧").first).to_be_visible(timeout=30_000)
    context.close()


def test_demo_instrument_read_with_mbpoll_gives_what_the_gateway_stored(demo: DemoProcess) -> None:
    bill = json.loads((demo.data / "run" / "devices.json").read_text())["modbus"]
    probe = next(row for row in bill if row["name"] == "dt01-c01.d2.ysi-odo-rtu")
    # Register 2 of the public ODO RTU manual: dissolved oxygen in mg/L, float32, high word first, input registers.
    command = ["mbpoll", "-m", "tcp", "-p", str(probe["port"]), "-a", str(probe["unit"]), "-t", "3:float", "-B", "-0"]
    done = subprocess.run([*command, "-r", "2", "-1", probe["host"]], capture_output=True, check=True, timeout=30)
    polled_mg_l = float(re.search(r"\[2\]:\s+([\d.]+)", done.stdout.decode()).group(1))  # type: ignore[union-attr]
    ((stored_mg_l,),) = demo.rows(
        "select value from series_latest join series using (series_id) "
        "where cage_id = 'dt01-c01' and point = 'd2' and quantity = 'do_mg_l'"
    )
    assert stored_mg_l == pytest.approx(polled_mg_l, abs=0.3)  # up to one polling period apart on a falling curve


RECORDINGS = ROOT / "tests" / "data" / "ais"


@pytest.mark.parametrize(
    ("recording", "mmsi"),
    [("gpsd/ais-nmea.log", 211129800), ("gfw_segmenter/regr_412440222.json.gz", 412440222)],
)
def test_demo_replayed_real_recording_appears_on_the_map(
    demo: DemoProcess, chromium: Browser, tmp_path: Path, recording: str, mmsi: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.cli.main", "replay", str(RECORDINGS / recording), "--stamp", "shift",
         "--config", str(demo.data / "replay.toml"), "--spool", str(demo.data / "replay.sqlite")],
        cwd=ROOT, check=False, capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    sign_in(page, demo, "officer")
    answer = page.request.get(f"{demo.address}live/targets.geojson")
    assert answer.ok
    assert mmsi in {feature["properties"].get("m") for feature in answer.json()["features"]}
    context.close()


def test_demo_every_killed_part_comes_back(own_demo: DemoProcess) -> None:
    demo = own_demo
    before = {name: demo.pid(name) for name in demo.states()}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    demo.until(lambda: all(row["state"] == "running" and row["pid"] != before[n] for n, row in demo.states().items()))
    newest = "select extract(epoch from now() - max(observed_at)) from series_latest"
    demo.until(lambda: (demo.data / "run" / "dsn.json").exists() and float(demo.rows(newest)[0][0]) < 15)


def test_demo_killed_supervisor_leaves_nothing_and_the_next_start_goes_on(own_demo: DemoProcess) -> None:
    demo = own_demo
    count = "select count(*), count(distinct (series_id, observed_at)) from reading"
    ((rows, _),) = demo.rows(count)
    password, family = demo.password("farmer"), demo.family()
    demo.process.kill()
    demo.process.wait()
    assert left_after(family, 30) == []
    again = DemoProcess.start(demo.data, "--days", "1")
    try:
        restart_s = again.until_ready()
        print(f"ready again after {restart_s:.0f} s")
        ((rows_now, distinct_now),) = again.rows(count)
        assert rows_now >= rows
        assert rows_now == distinct_now
        assert again.password("farmer") == password
        family = again.family()
        assert again.interrupt() == 0
        assert left_after(family, 10) == []
        assert "Stopped" in again.said
    finally:
        again.end()


def refused(*options: str, data: Path) -> str:
    """Return what the demo says when it refuses; it must exit with 1, in one text, without a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "services.cli.main", "demo", "--data", str(data), *options],
        capture_output=True, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip
    text = done.stderr.decode() + done.stdout.decode()
    assert done.returncode == 1, text
    assert "Traceback" not in text
    return text


def test_demo_unknown_scenario_is_one_clear_sentence(tmp_path: Path) -> None:
    assert "hypoxia" in refused("--scenario", "tsunami", data=tmp_path / "d")


def test_demo_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"{port}" in refused("--port", str(port), data=tmp_path / "d")


def test_demo_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "--data" in refused(data=tmp_path / "file" / "d")


def test_scripts_with_an_old_python_say_what_is_needed(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    for name in ("cat", "cksum", "dirname", "printf", "id"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}" if Path(f"/usr/bin/{name}").exists() else f"/bin/{name}")
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "scripts" / "demo")], capture_output=True, check=False, timeout=30,
        env={"PATH": str(tmp_path), "HUANGYU_VENV": str(tmp_path / "venv")},
    )  # fmt: skip
    assert done.returncode == 1
    assert "Python 3.11" in done.stderr.decode()
