"""Command line, replay and independent tools around the gateway."""

import asyncio
import contextlib
import gzip
import json
import os
import shutil
import subprocess
import sys
import tty
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pyais import encode_dict
from typer.testing import CliRunner

from core import senml
from core.profiles import Serial
from core.topics import Stream
from gateway.config import BusSection, Transport
from gateway.link import Line, Link
from gateway.modbus import Request
from gateway.nmea import checksum
from services.cli.gateway import app
from services.cli.replay import app as replay_app
from tests.fixtures.broker import BrokerProcess
from tests.fixtures.instruments import Unit, modbus_tcp, rtu_pty, rtu_tcp
from tests.fixtures.shore import shore_on

PROFILES = Path("config/profiles").resolve()


def test_check_prints_every_problem_and_exits_1(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('[gateway]\nid = "X"\n[[bus]]\nname = "b"\ntransport = "rtu"\n')
    done = CliRunner().invoke(app, ["check", "--config", str(path), "--json"])
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert len(told["problems"]) == 2
    good = CliRunner().invoke(app, ["check", "--config", "config/gateway.toml"])
    assert (good.exit_code, "ok" in good.stdout) == (0, True)


async def test_probe_names_what_is_wrong_with_each_unit(tmp_path: Path) -> None:
    units = {1: Unit(address=1, registers={(3, 0): 0, (3, 1): 5055})}
    path = tmp_path / "gateway.toml"
    async with modbus_tcp(units) as (port, _):
        path.write_text(f"""
[gateway]
id = "gw-a"
profiles = "{PROFILES}"
[[bus]]
name = "b"
transport = "tcp"
port = {port}
timeout_s = 0.1
[[bus]]
name = "gone"
transport = "rtu"
path = "/dev/does-not-exist"
[[unit]]
name = "good"
bus = "b"
unit = 1
profile = "generic-int32"
cage = "c1"
point = "m1"
[[unit]]
name = "silent"
bus = "b"
unit = 2
profile = "generic-int32"
cage = "c1"
point = "m2"
[[unit]]
name = "cable"
bus = "gone"
unit = 3
profile = "generic-int32"
cage = "c1"
point = "m3"
""")
        command = [sys.executable, "-m", "services.cli.main", "gateway", "probe", "--config", str(path), "--json"]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        out, _err = await process.communicate()
    assert process.returncode == 1
    good, silent, cable = json.loads(out)
    assert (good["reachable"], good["registers"][0]["raw"], good["registers"][0]["value"]) == (True, 5055.0, 5.055)
    assert "check unit address" in silent["trouble"]
    assert "/dev/does-not-exist" in cable["trouble"]
    assert "check cable" in cable["trouble"]


@pytest.mark.parametrize("kind", ["tcp", "pty", "rtu_over_tcp"])
async def test_mbpoll_reads_from_our_lines_what_the_gateway_reads(kind: str) -> None:
    """Debian's mbpoll (libmodbus) is the independent reader of the same far end."""
    tool = shutil.which("mbpoll")
    if tool is None:
        pytest.fail("mbpoll is missing: sudo apt install mbpoll")
    units = {5: Unit(address=5, registers={(3, 0): 0x4048, (3, 1): 0xF5C3})}
    base = [tool, "-a", "5", "-r", "1", "-c", "1", "-1", "-t", "4:float", "-B", "-q"]
    if kind == "tcp":
        async with modbus_tcp(units) as (port, _):
            out = await _run([*base, "-m", "tcp", "-p", str(port), "127.0.0.1"])
    elif kind == "pty":
        async with rtu_pty(units) as (path, _line):
            out = await _run([*base, "-m", "rtu", "-b", "9600", "-P", "none", path])
    else:
        async with rtu_tcp(units) as (port, _line), serial_of(port) as path:
            out = await _run([*base, "-m", "rtu", "-b", "9600", "-P", "none", path])
    assert "3.14" in out


@contextlib.asynccontextmanager
async def serial_of(port: int) -> AsyncIterator[str]:
    """Yield a serial line whose bytes go to a TCP port and back, as mbpoll knows no RTU over TCP of its own."""
    master, slave = os.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def back() -> None:
        while data := await reader.read(512):
            os.write(master, data)

    loop = asyncio.get_running_loop()
    loop.add_reader(master, lambda: writer.write(os.read(master, 512)))
    task = asyncio.create_task(back())
    try:
        yield os.ttyname(slave)
    finally:
        task.cancel()
        loop.remove_reader(master)
        writer.close()
        os.close(master)
        os.close(slave)


async def _run(command: list[str]) -> str:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=subprocess.STDOUT)
    out, _ = await asyncio.wait_for(process.communicate(), 20)
    return out.decode()


async def test_rtu_over_tcp_line_answers_the_gateway() -> None:
    units = {5: Unit(address=5, registers={(3, 0): 0x4048, (3, 1): 0xF5C3})}
    async with rtu_tcp(units) as (port, _line):
        link = Link(BusSection(name="b", transport=Transport.RTU_OVER_TCP, port=port), Serial())
        reply = await Line(link, Transport.RTU_OVER_TCP).read(Request(unit=5, function=3, address=0, count=2), 0.5)
        link.close()
    assert reply.words == (0x4048, 0xF5C3)


async def test_mosquitto_sub_sees_valid_senml(mosquitto: BrokerProcess, tmp_path: Path) -> None:
    """An independent subscriber gets zlib of RFC 8428 JSON that our resolver and a plain reader agree on."""
    listen = [
        "mosquitto_sub", "-h", "127.0.0.1", "-p", str(mosquitto.port), "-u", mosquitto.username, "-P",
        mosquitto.password, "-t", "huangyu/1/+/up/reading", "-C", "1", "-W", "20", "-F", "%x",
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(*listen, stdout=asyncio.subprocess.PIPE)
    (tmp_path / "r.csv").write_text("observed_at,series,value\n2026-08-12T04:00:00+00:00,dt01-c01.d2.do_mg_l,6.5\n")
    async with shore_on(mosquitto):
        await asyncio.sleep(0.2)
        code = await _replay(mosquitto, tmp_path, tmp_path / "r.csv")
    out, _ = await asyncio.wait_for(process.communicate(), 25)
    (record,) = senml.resolve(json.loads(zlib.decompress(bytes.fromhex(out.decode().strip()))))
    assert code == 0
    assert (record.name, record.unit, record.value) == ("urn:dev:huangyu:gw-dt01:dt01-c01.d2.do_mg_l", "mg/L", 6.5)
    assert record.time_s == 1_786_507_200.0


async def _replay(broker: BrokerProcess, folder: Path, *files: Path, options: tuple[str, ...] = ()) -> int:
    config = folder / "gateway.toml"
    config.write_text(f'[gateway]\nid = "gw-dt01"\n[broker]\nport = {broker.port}\nusername = "gw-dt01"\n')
    command = [
        sys.executable, "-m", "services.cli.main", "replay", *map(str, files), "--config", str(config), "--spool",
        str(folder / "replay.sqlite"), "--wait", "15", *options,
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | {"HUANGYU_MQTT_PASSWORD": broker.gateway_password}, stderr=subprocess.DEVNULL
    )
    return await asyncio.wait_for(process.wait(), 60)


async def test_replay_of_logs_tracks_and_readings_ends_when_shore_has_all(
    mqtt_broker: BrokerProcess, tmp_path: Path
) -> None:
    sentence = encode_dict(
        {"type": 18, "mmsi": 412000001, "lat": 27.8, "lon": 121.2}, talker_id="AI", sentence_type="VDM"
    )[0]
    block = "c:1700000000,s:rORBCOMM"
    (tmp_path / "log.nmea").write_text(f"# a comment\n\\{block}*{checksum(block)}\\{sentence}\n{sentence[:-1]}X\n")
    track = {
        "type": "AIS.18",
        "ssvid": "412440222",
        "timestamp": "2021-01-08T09:02:37+00:00",
        "lat": 26.36,
        "lon": 119.9,
    }
    with gzip.open(tmp_path / "track.json.gz", "wt") as file:
        file.write(json.dumps(track | {"speed": 1.6, "course": 226.7, "heading": 511.0}) + "\n")
        file.write(json.dumps(track | {"lat": None}) + "\n")
    (tmp_path / "r.csv").write_text("observed_at,series,value,qc\n2026-08-12T04:00:00Z,dt01-c01.d2.do_mg_l,6.5,3\n")
    files = [tmp_path / name for name in ("log.nmea", "track.json.gz", "r.csv")]
    async with shore_on(mqtt_broker) as shore:
        assert await _replay(mqtt_broker, tmp_path, *files) == 0
        assert shore.statuses == [], "a replay beside the running gateway says nothing about that gateway"
    first, second = shore.sentences(Stream.NMEA)
    assert first.observed_at.timestamp() == 1_700_000_000
    assert first.text.endswith(sentence)
    assert second.observed_at.isoformat() == "2021-01-08T09:02:37+00:00"
    assert [(str(r.series), r.value, int(r.qc)) for r in shore.readings()] == [("dt01-c01.d2.do_mg_l", 6.5, 3)]


async def test_replay_without_a_shore_says_so_keeps_all_and_exits_1(mqtt_broker: BrokerProcess, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("observed_at,series,value\n2026-08-12T04:00:00Z,dt01-c01.d2.do_mg_l,6.5\n")
    assert await _replay(mqtt_broker, tmp_path, tmp_path / "r.csv", options=("--wait", "0.5")) == 1
    async with shore_on(mqtt_broker) as shore:
        (tmp_path / "empty.csv").write_text("observed_at,series,value\n")
        assert await _replay(mqtt_broker, tmp_path, tmp_path / "empty.csv") == 0
        assert [r.value for r in shore.readings()] == [6.5]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("observed_at,name\n", "needs the columns"),
        ("observed_at,series,value\nyesterday,a.b.ph,1\n", ":2: not a reading"),
    ],
)
def test_replay_of_a_bad_file_names_the_line(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "g.toml").write_text('[gateway]\nid = "gw-a"\n')
    (tmp_path / "r.csv").write_text(content)
    arguments = [str(tmp_path / "r.csv"), "--config", str(tmp_path / "g.toml"), "--spool", str(tmp_path / "s")]
    done = CliRunner().invoke(replay_app, arguments)
    assert done.exit_code == 1
    assert says in str(done.exception)
