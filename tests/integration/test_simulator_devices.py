"""The simulator as a process: independent tools read its devices, orders change them, it stops clean and goes on."""

import contextlib
import json
import math
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyais
import pytest

from firmware_sim.device import Device
from firmware_sim.farm import BENCH_BUS, DEFAULT_BUSES, Unit
from firmware_sim.instruments import INSTRUMENTS
from firmware_sim.sea import Sea
from tests.fixtures.simulator import RunningSimulator, start_simulator

ANCHOR = "2026-11-23T04:00:00Z"
# What mbpoll is told to read each profile: table (3 input, 4 holding, 0 coils) and type, first 0-based address, and
# the quantity of each value with its scale. Addresses are the manuals' again, typed a second time on purpose.
MBPOLL: dict[str, tuple[str, int, tuple[tuple[str, float], ...]]] = {
    "ysi-odo-rtu": ("3:float", 0x0000, (("do_sat_pct", 1.0), ("do_mg_l", 1.0))),
    "insitu-aquatroll-400": ("4:float", 38, (("do_mg_l", 1.0),)),
    "hach-ldo-aq": ("4", 0, (("do_mg_l", 1e-3), ("water_temp_c", 1e-2))),
    "supmea-sup-do7013": ("4", 0, (("water_temp_c", 0.1), ("do_mg_l", 0.01), ("do_sat_pct", 0.1))),
    "vaisala-wxt530": ("3", 31, (("air_temp_c", 0.1),)),
    "vaisala-wm80": ("4:float", 0x0008, (("wind_mps", 1.0), ("wind_dir_deg", 1.0))),
    "ott-svr-100": ("4", 4, (("current_mps", 1e-3),)),
    "ysi-iq-182": ("3:float", 4, (("turbidity_ntu", 1.0),)),
    "epever-tracer": ("3", 0x3100, (("pv_v", 0.01), ("pv_a", 0.01))),
    "hach-tss": ("4:float", 0, (("turbidity_ntu", 1.0),)),
    "lambrecht-weather": ("3", 0, (("wind_mps", 0.1),)),
    "generic-float32": ("4:float", 0, (("hs_m", 1.0), ("tp_s", 1.0), ("dp_deg", 1.0))),
    "generic-int32": ("4:int", 0, (("tension_kn", 1e-3),)),
    "generic-relay": ("0", 0, (("aerator_on", 1.0), ("feeder_on", 1.0))),
}
NEEDS_START = {"aqualabo-digisens"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    simulator = start_simulator(tmp_path_factory.mktemp("bench"), "calm", "--bench", "--anchor", ANCHOR, seed=3)
    yield simulator
    simulator.stop()


def _units() -> list[Unit]:
    return [unit for bus in (*DEFAULT_BUSES, BENCH_BUS) for unit in bus.units if unit.profile not in NEEDS_START]


@contextlib.contextmanager
def _serial_bridge(host: str, port: int) -> Iterator[str]:
    """Stand in for a serial-to-TCP box: a pseudo-terminal whose bytes go to a TCP port and back."""
    master, slave = os.openpty()
    import tty  # noqa: PLC0415

    tty.setraw(slave)
    with socket.create_connection((host, port), timeout=10) as line:
        over = threading.Event()

        def carry() -> None:
            while not over.is_set():
                ready, _, _ = select.select([master, line], [], [], 0.05)
                if master in ready:
                    line.sendall(os.read(master, 4096))
                if line in ready:
                    os.write(master, line.recv(4096))

        thread = threading.Thread(target=carry)
        thread.start()
        try:
            yield os.ttyname(slave)
        finally:
            over.set()
            thread.join()
            os.close(master)
            os.close(slave)


def _mbpoll(row: dict[str, Any], kind: str, address: int, count: int) -> list[float]:
    """Return values as mbpoll (libmodbus) reads them."""
    with contextlib.ExitStack() as stack:
        command = ["mbpoll", "-a", str(row["unit"]), "-t", kind, "-r", str(address), "-0", "-c", str(count), "-1", "-q"]
        command += ["-B"] if ":" in kind else []
        if row["transport"] == "tcp":
            command += ["-m", "tcp", "-p", str(row["port"]), row["host"]]
        else:
            path = row["path"]
            if row["transport"] == "rtu_over_tcp":
                path = stack.enter_context(_serial_bridge(row["host"], row["port"]))
            command += ["-m", "rtu", "-b", str(row["baud"]), "-P", "none", path]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    values = [line.split("\t")[1] for line in answer.stdout.splitlines() if line.startswith("[")]
    assert len(values) == count, answer.stdout + answer.stderr
    # 16-bit words above 32767 are printed as "65534 (-2)".
    return [float(value.split("(")[1].rstrip(")") if "(" in value else value) for value in values]


@pytest.mark.parametrize("unit", _units(), ids=lambda unit: unit.name)
def test_instrument_read_by_mbpoll_shows_what_the_sea_holds(unit: Unit, bench: RunningSimulator) -> None:
    kind, address, quantities = MBPOLL[unit.profile]
    sea = Sea("calm", 3, datetime.fromisoformat(ANCHOR))
    row = bench.modbus(unit.name)
    before = time.time()
    read = _mbpoll(row, kind, address, len(quantities))
    after = time.time()
    device = Device(unit=unit, bus="b", sea=sea)
    # The instrument's value of some whole second between asking and answering.
    expected = [device.state(float(second)) for second in range(int(before), int(after) + 1)]
    seen = [value * scale for value, (_, scale) in zip(read, quantities, strict=True)]
    assert any(
        all(
            value == pytest.approx(state[name], abs=max(0.51 * scale if scale < 1 else 0.0, 1e-4 * abs(state[name])))
            for value, (name, scale) in zip(seen, quantities, strict=True)
        )
        for state in expected
    ), (seen, expected)


def test_all_transports_and_profiles_are_in_the_bill(bench: RunningSimulator) -> None:
    rows = bench.devices["modbus"]
    assert {row["transport"] for row in rows} == {"tcp", "rtu", "rtu_over_tcp"}
    assert {row["profile"] for row in rows} == set(INSTRUMENTS)
    assert {row["name"] for row in bench.devices["nmea"]} == {"rx1", "rx2", "radar1"}
    assert bench.anchor == datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def test_bad_check_sum_on_the_serial_line_is_seen_by_mbpoll_and_goes_away(bench: RunningSimulator) -> None:
    row = bench.modbus("dt01-c03.d6.supmea-sup-do7013")
    assert bench.control({"do": "fault", "device": row["name"], "kind": "bad_crc"})["ok"]
    command = ["mbpoll", "-m", "rtu", "-b", "9600", "-P", "none", "-a", "6", "-t", "4", "-r", "1", "-1", row["path"]]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert "CRC" in answer.stdout + answer.stderr
    bench.control({"do": "clear", "device": row["name"]})
    assert len(_mbpoll(row, "4", 0, 3)) == 3


def _listen(row: dict[str, Any], until: Callable[[list[str]], bool], limit_s: float = 20.0) -> list[str]:
    lines: list[str] = []
    buffer = b""
    deadline = time.monotonic() + limit_s
    with socket.create_connection((row["host"], row["port"]), timeout=limit_s) as feed:
        while not until(lines) and time.monotonic() < deadline:
            buffer += feed.recv(4096)
            *whole, buffer = buffer.split(b"\r\n")
            lines += [line.decode("ascii") for line in whole]
    return lines


def test_receiver_and_radar_put_out_sentences_that_others_decode(bench: RunningSimulator) -> None:
    lines = _listen(bench.nmea("rx1"), lambda seen: len(seen) >= 5)
    decoded = [pyais.decode(line) for line in lines if line.split(",")[1] == "1"]
    assert {message.msg_type for message in decoded} & {1, 18}
    radar = _listen(bench.nmea("radar1"), lambda seen: any("RATTM" in line for line in seen))
    assert any(line.startswith("$RATTM,") for line in radar)


def _ask(port: int, unit: int, pdu: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(struct.pack(">HHHB", 7, 0, len(pdu) + 1, unit) + pdu)
        head = line.recv(7, socket.MSG_WAITALL)
        return line.recv(struct.unpack(">H", head[4:6])[0] - 1, socket.MSG_WAITALL)


def test_orders_put_faults_on_and_take_them_off(bench: RunningSimulator) -> None:
    name = "dt01-c01.d2.ysi-odo-rtu"
    port = bench.modbus(name)["port"]
    read = b"\x04\x00\x02\x00\x02"
    assert bench.control({"do": "fault", "device": name, "kind": "exception", "amount": 6})["ok"]
    assert _ask(port, 1, read) == b"\x84\x06"
    assert bench.control({"do": "list"})["faults"][0]["kind"] == "exception"
    assert bench.control({"do": "clear", "device": name})["cleared"] == 1
    assert len(_ask(port, 1, read)) == 6
    state = bench.control({"do": "state", "device": "dt01-c01.d2"})["state"]
    assert 3.0 < state["do_mg_l"] < 12.0


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"do": "dance"}, "unknown order"),
        ({"do": "fault", "device": "nobody", "kind": "stuck"}, "unknown device"),
        ({"do": "fault", "device": "dt01-c01.d2", "kind": "rust"}, "unknown kind"),
        ({"do": "fault", "device": "dt01-c01.d2", "kind": "stuck", "for_s": "long"}, "needs a number"),
        ({"do": "receiver", "name": "rx9"}, "unknown receiver"),
        ([1, 2], "JSON object"),
    ],
)
def test_orders_that_make_no_sense_are_refused_in_words(order: Any, words: str, bench: RunningSimulator) -> None:
    answer = bench.control(order)
    assert not answer["ok"]
    assert words in answer["error"]


def test_nobody_at_a_bridge_is_exception_eleven_and_a_cut_bus_is_closed(bench: RunningSimulator) -> None:
    port = bench.modbus("dt01-c02.d2")["port"]
    assert _ask(port, 99, b"\x04\x00\x00\x00\x02") == b"\x84\x0b"
    bench.control({"do": "bus", "name": "dt01-c02", "up": False})
    with pytest.raises((ConnectionError, struct.error)):
        _ask(port, 3, b"\x04\x00\x00\x00\x02")
    bench.control({"do": "bus", "name": "dt01-c02", "up": True})
    assert len(_ask(port, 3, b"\x04\x00\x00\x00\x02")) == 6


def test_garbage_on_a_port_is_closed_and_the_next_client_served(bench: RunningSimulator) -> None:
    port = bench.modbus("dt01-p01.power")["port"]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert line.recv(100) == b""
    assert len(_ask(port, 12, b"\x04\x31\x00\x00\x01")) == 4


def test_digisens_measures_when_started(bench: RunningSimulator) -> None:
    row = bench.modbus("dt01-p01.d6.aqualabo-digisens")
    assert _ask(row["port"], row["unit"], b"\x06\x00\x01\x00\x1f") == b"\x06\x00\x01\x00\x1f"
    deadline = time.monotonic() + 10
    value = float("nan")
    while math.isnan(value) and time.monotonic() < deadline:
        value = struct.unpack(">f", _ask(row["port"], row["unit"], b"\x03\x00\x57\x00\x02")[2:])[0]
    assert 4.0 < value < 12.0


def test_stop_by_signal_leaves_nothing_and_a_restart_goes_on_with_the_same_sea(
    simulate: Callable[..., RunningSimulator], tmp_path: Path
) -> None:
    options = ("--anchor", ANCHOR, "--run-dir", str(tmp_path / "run"), "--register", str(tmp_path / "register.csv"))
    first = simulate("hypoxia", *options)
    link = tmp_path / "run" / "dt01-c03"
    assert link.is_symlink()
    assert first.modbus("dt01-c03.d2")["path"] == str(link)
    register = (tmp_path / "register.csv").read_bytes()
    at = first.control({"do": "state", "device": "dt01-c02.d2"})
    assert first.stop(signal.SIGINT) == 0
    assert not link.is_symlink()
    assert not (first.folder / "devices.json").exists()
    second = simulate("hypoxia", *options)
    assert (tmp_path / "register.csv").read_bytes() == register
    again = second.control({"do": "state", "device": "dt01-c02.d2"})
    assert again["state"]["do_mg_l"] == pytest.approx(at["state"]["do_mg_l"], abs=0.2)
    assert again["state"]["_uptime_s"] - at["state"]["_uptime_s"] == again["at"] - at["at"]


def test_kill_and_restart_finds_its_link_again(simulate: Callable[..., RunningSimulator], tmp_path: Path) -> None:
    options = ("--run-dir", str(tmp_path / "run"))
    first = simulate("calm", *options)
    first.stop(signal.SIGKILL)
    second = simulate("calm", *options)
    row = second.modbus("dt01-c03.d2")
    assert len(_mbpoll(row, "3:float", 2, 1)) == 1


def test_simulator_whose_parent_is_killed_stops_clean(tmp_path: Path) -> None:
    bill = tmp_path / "devices.json"
    command = [sys.executable, "-m", "services.cli.main", "simulate", "calm", "--devices", str(bill), "--with-parent"]
    script = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    parent = subprocess.Popen([sys.executable, "-c", script, *command], stdout=subprocess.DEVNULL)
    _wait_for(bill.exists)
    parent.kill()
    parent.wait(timeout=10)
    _wait_for(lambda: not bill.exists())


def _wait_for(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def test_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError) as refused:
            start_simulator(tmp_path / "s", "calm", "--port-base", str(port))
    assert f"Cannot listen on 127.0.0.1:{port}" in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_ground_truth_is_written_beside_what_is_sent(simulate: Callable[..., RunningSimulator], tmp_path: Path) -> None:
    simulate("intruder", "--truth", str(tmp_path / "truth"), "--anchor", ANCHOR)
    labels = [
        json.loads(line) for line in (tmp_path / "truth" / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    events = [
        json.loads(line) for line in (tmp_path / "truth" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert {"sart", "intrusion", "collision"} <= {event["kind"] for event in events}
    assert {label["target_id"] for label in labels} >= {target for event in events for target in event["target_ids"]}
    tracks = (tmp_path / "truth" / "tracks.csv").read_text().splitlines()
    assert tracks[0] == "target_id,at,lat_deg,lon_deg,sog_kn,cog_deg"
    assert len(tracks) > 10_000
    sea = (tmp_path / "truth" / "sea.csv").read_text().splitlines()
    assert sea[0].startswith("cage,depth_m,at,do_mg_l")
