"""The gateway's other ends: TLS and MQTT 5, /healthz, a recorded file, a started measurement, other platforms."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from pyais import encode_dict

from core.qc import QcFlag
from core.topics import Stream
from gateway.config import build
from gateway.nmea import checksum
from gateway.probe import probe
from tests.fixtures.broker import BrokerProcess, free_port, mosquitto_process
from tests.fixtures.instruments import Fate, modbus_tcp
from tests.fixtures.shore import shore_on
from tests.fixtures.simulator import RunningSimulator, start_simulator
from tests.integration.test_gateway import cell, running, table, unit_row


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUANGYU_MQTT_PASSWORD", "gateway-secret")


# -- TLS -----------------------------------------------------------------------------------------------------

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def authority(folder: Path, name: str = "ca") -> None:
    openssl(folder, "req", "-x509", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")


def certificate(folder: Path, name: str, ca: str = "ca") -> None:
    openssl(folder, "req", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    (folder / "ext").write_text("subjectAltName = IP:127.0.0.1\n")
    openssl(
        folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial",
        "-extfile", "ext", "-out", f"{name}.pem",
    )  # fmt: skip


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[BrokerProcess, int, Path]]:
    """mosquitto with a plain listener for the shore and one that asks gateways for a certificate of its CA."""
    authority(tmp_path)
    for name in ("broker", "gw-dt01"):
        certificate(tmp_path, name)
    process, port = mosquitto_process(tmp_path, free_port()), free_port()
    settings = tmp_path / "mosquitto.conf"
    settings.write_text(
        f"{settings.read_text()}listener {port} 127.0.0.1\ncafile {tmp_path}/ca.pem\ncertfile {tmp_path}/broker.pem\n"
        f"keyfile {tmp_path}/broker.key\nrequire_certificate true\n"
    )
    process.start()
    yield process, port, tmp_path
    process.stop()


def over_tls(port: int, folder: Path, name: str, protocol: str, ca: str = "ca") -> dict[str, object]:
    pem = {"ca": f"{folder}/{ca}.pem", "cert": f"{folder}/{name}.pem", "key": f"{folder}/{name}.key"}
    return {"host": "127.0.0.1", "port": port, "username": "gw-dt01", "protocol": protocol, "tls": pem}


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
async def test_gateway_over_tls_with_its_certificate_delivers(
    protocol: str, guarded: tuple[BrokerProcess, int, Path]
) -> None:
    process, port, folder = guarded
    async with modbus_tcp({2: cell(2, 5055)}) as (device, _), shore_on(process) as shore:
        settings = table(
            process,
            bus=[{"name": "tcp", "transport": "tcp", "port": device}],
            unit=[unit_row("m1", "tcp", 2, "generic-int32")],
        )
        settings["broker"] = over_tls(port, folder, "gw-dt01", protocol)
        async with running(settings, folder / "spool.sqlite") as gateway:
            await shore.until(lambda: len(shore.readings()) > 3 and gateway.spool.counts[Stream.READING] < 3)
        await shore.until(lambda: shore.statuses[-1]["state"] == "offline")
    assert {r.value for r in shore.readings()} == {5.055}


# paho 2.2 leaves the socket of a failed handshake to the garbage collector (ssl_wrap_socket in its client).
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_gateway_that_does_not_trust_the_broker_stays_out_and_keeps_its_readings(
    guarded: tuple[BrokerProcess, int, Path],
) -> None:
    process, port, folder = guarded
    authority(folder, "other")
    async with modbus_tcp({2: cell(2, 5055)}) as (device, _), shore_on(process) as shore:
        settings = table(
            process,
            bus=[{"name": "tcp", "transport": "tcp", "port": device}],
            unit=[unit_row("m1", "tcp", 2, "generic-int32")],
        )
        settings["broker"] = over_tls(port, folder, "gw-dt01", "3.1.1", ca="other")
        async with running(settings, folder / "spool.sqlite") as gateway:
            await shore.until(lambda: "certificate verify failed" in gateway.uplink.state.why_down)
            await shore.until(lambda: gateway.spool.counts[Stream.READING] > 3)
            assert not gateway.uplink.state.connected
    assert (shore.packs, shore.statuses) == ([], [])


# -- /healthz and /metrics -----------------------------------------------------------------------------------


async def ask(port: int, path: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


async def until_health(port: int, status: int, limit_s: float = 15.0) -> dict[str, Any]:
    async with asyncio.timeout(limit_s):
        while True:
            with suppress(OSError):
                told, body = await ask(port, "/healthz")
                if told == status:
                    return dict(json.loads(body))
            await asyncio.sleep(0.05)


async def test_healthz_is_200_while_a_unit_answers_and_503_when_none_does(
    mqtt_broker: BrokerProcess, tmp_path: Path
) -> None:
    fate, port = [Fate()], free_port()
    async with modbus_tcp({2: cell(2, 100)}, lambda _: fate[0]) as (device, _):
        settings = table(
            mqtt_broker,
            http={"port": port},
            bus=[{"name": "tcp", "transport": "tcp", "port": device, "timeout_s": 0.1}],
            unit=[unit_row("m1", "tcp", 2, "generic-int32")],
        )
        async with running(settings, tmp_path / "spool.sqlite"):
            well = await until_health(port, 200)
            fate[0] = Fate(drop=True)
            ill = await until_health(port, 503)
            fate[0] = Fate()
            await until_health(port, 200)
            metrics = (await ask(port, "/metrics"))[1].decode()
            assert (await ask(port, "/elsewhere"))[0] == 404
    assert (well["accepting"], well["units_answer"], ill["units_answer"]) == (True, True, False)
    accepted = next(row for row in metrics.splitlines() if row.startswith("huangyu_gateway_accepted"))
    assert float(accepted.split()[-1]) > 0


# -- a recorded file as an input -----------------------------------------------------------------------------


async def test_file_input_plays_at_its_own_pace_with_its_own_times(mqtt_broker: BrokerProcess, tmp_path: Path) -> None:
    lines = []
    for number in range(4):
        fields = {"type": 18, "mmsi": 412_000_000 + number, "lat": 27.8, "lon": 121.2}
        sentence = encode_dict(fields, talker_id="AI", sentence_type="VDM")[0]
        block = f"c:{1_700_000_000_000 + number * 200},s:rx9"
        lines.append(f"\\{block}*{checksum(block)}\\{sentence}")
    (tmp_path / "log.nmea").write_text("\r\n".join([*lines, "rubbish", ""]))
    settings = table(mqtt_broker, nmea=[{"name": "rx1", "transport": "file", "path": str(tmp_path / "log.nmea")}])
    async with shore_on(mqtt_broker) as shore, running(settings, tmp_path / "spool.sqlite") as gateway:
        began_s = asyncio.get_running_loop().time()
        await shore.until(lambda: len(shore.sentences()) == 4)
        assert asyncio.get_running_loop().time() - began_s > 0.4
        assert gateway.intakes["rx1"].health.bad == {"form": 1}
    heard = shore.sentences()
    assert [round(s.observed_at.timestamp(), 3) for s in heard] == [1_700_000_000 + 0.2 * n for n in range(4)]
    assert [s.text.rpartition("\\")[2] for s in heard] == [line.rpartition("\\")[2] for line in lines]


# -- write, wait, read ---------------------------------------------------------------------------------------


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[RunningSimulator]:
    simulator = start_simulator(tmp_path / "bench", "calm", "--bench", seed=3)
    yield simulator
    simulator.stop()


async def test_digisens_is_started_waited_for_and_read_by_gateway_and_probe(
    bench: RunningSimulator, mqtt_broker: BrokerProcess, tmp_path: Path
) -> None:
    """The simulator's instrument has no value before a start and none for 0.4 s after it."""
    row = bench.modbus("dt01-p01.d6.aqualabo-digisens")
    settings = table(
        mqtt_broker,
        bus=[{"name": "b", "transport": row["transport"], "host": row["host"], "port": row["port"]}],
        unit=[unit_row("d6", "b", row["unit"], "aqualabo-digisens", period_s=1.0)],
    )
    (report,) = await probe(build(settings, tmp_path / "gateway.toml"))
    values = {r.series: r.value for r in report.registers}
    assert report.reachable, report.trouble
    assert 4.0 < (values["dt01-c01.d6.do_mg_l"] or 0) < 12.0
    async with shore_on(mqtt_broker) as shore, running(settings, tmp_path / "spool.sqlite"):
        await shore.until(lambda: len(shore.readings()) >= 6)
    assert {r.series.quantity for r in shore.readings()} == {"water_temp_c", "do_sat_pct", "do_mg_l"}
    assert all(r.value is not None and r.qc is not QcFlag.MISSING for r in shore.readings())


# -- other platforms -----------------------------------------------------------------------------------------


async def test_platform_copies_go_out_beside_the_own_shore(
    mosquitto: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUANGYU_PLATFORM_PASSWORD", mosquitto.password)
    there = {"host": mosquitto.host, "port": mosquitto.port, "username": mosquitto.username}
    async with (
        modbus_tcp({2: cell(2, 5055)}) as (device, _),
        aiomqtt.Client(mosquitto.host, mosquitto.port, username="shore", password=mosquitto.password) as platform,
        shore_on(mosquitto) as shore,
    ):
        await platform.subscribe([("v1/gateway/telemetry", 1), ("farm/line", 1)])
        settings = table(
            mosquitto,
            bus=[{"name": "tcp", "transport": "tcp", "port": device}],
            unit=[unit_row("m1", "tcp", 2, "generic-int32")],
            platform=[{"kind": "thingsboard", **there}, {"kind": "influx", "topic": "farm/line", **there}],
        )
        told: dict[str, bytes] = {}
        async with running(settings, tmp_path / "spool.sqlite"), asyncio.timeout(15):
            async for message in platform.messages:
                told.setdefault(str(message.topic), bytes(message.payload))  # type: ignore[arg-type]
                if len(told) == 2:
                    break
            await shore.until(lambda: len(shore.readings()) > 3)
    times = {round(r.observed_at.timestamp() * 1000) for r in shore.readings()}
    (entry, *_) = json.loads(told["v1/gateway/telemetry"])["dt01-c01.m1"]
    assert entry["values"] == {"tension_kn": 5.055}
    assert entry["ts"] in times
    series, fields, at_ns = told["farm/line"].decode().splitlines()[0].split(" ")
    assert (series, fields) == ("tension_kn,cage=dt01-c01,point=m1", "value=5.055,qc=1i")
    assert int(at_ns) // 1_000_000 in times
