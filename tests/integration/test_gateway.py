"""The gateway on real parts: Modbus TCP, RTU on a pseudo-terminal, NMEA over TCP, SQLite, a real broker."""

import asyncio
import json
import sqlite3
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pyais import encode_dict

from core import topics
from core.errors import StartError
from core.listening import listening
from core.qc import QcFlag
from core.reading import ClockState
from core.topics import Stream
from gateway.app import Gateway
from gateway.assembly import open_gateway
from gateway.config import build
from gateway.outbox import Outbox
from gateway.spool import Commit, Item, Spool, SpoolFullError
from tests.fixtures.broker import BrokerProcess
from tests.fixtures.instruments import Unit, modbus_tcp, rtu_pty
from tests.fixtures.shore import shore_on

PROFILES = Path("config/profiles").resolve()
SENTENCE = encode_dict({"type": 1, "mmsi": 412123456, "lat": 27.8, "lon": 121.2, "status": 0, "speed": 8.2})[0]
SART = encode_dict({"type": 1, "mmsi": 970010001, "lat": 27.8, "lon": 121.2, "status": 14})[0]
STATIC = encode_dict({"type": 5, "mmsi": 412123456, "shipname": "ZHEDONGYU12345"})
SPOILED = SENTENCE[:20] + ("1" if SENTENCE[20] != "1" else "2") + SENTENCE[21:]


def words(*values: float) -> list[int]:
    raw = b"".join(struct.pack(">f", value) for value in values)
    return [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]


def odo(address: int, do_mg_l: float = 6.5) -> Unit:
    unit = Unit(address=address, refuses=lambda f, start, count: 2 if start % 2 or count % 2 else 0)
    for index, word in enumerate(words(85.0, do_mg_l, 80.0, 18.25, 18.0, 0.0, 38000.0, 1.0, 30.5, 1.0, 1.0)):
        unit.registers[4, index] = word
    return unit


def cell(address: int, newton: int) -> Unit:
    high, low = newton >> 16 & 0xFFFF, newton & 0xFFFF
    return Unit(address=address, registers={(3, 0): high, (3, 1): low})


def table(broker: BrokerProcess | None, **sections: object) -> dict[str, object]:
    link = {"host": "127.0.0.1", "port": broker.port if broker else 1, "username": "gw-dt01"}
    base: dict[str, object] = {
        "gateway": {"id": "gw-dt01", "profiles": str(PROFILES)},
        "broker": link,
        "spool": {"ballast_mb": 0.1, "quota_mb": 20.0, "commit_interval_s": 0.1},
        "send": {"ack_timeout_s": 1.0},
    }
    return base | sections


def unit_row(name: str, bus: str, address: int, profile: str, **more: object) -> dict[str, object]:
    return {
        "name": name, "bus": bus, "unit": address, "profile": profile, "cage": "dt01-c01", "point": name,
        "period_s": 0.2, **more,
    }  # fmt: skip


@asynccontextmanager
async def running(settings: dict[str, object], spool: Path) -> AsyncIterator[Gateway]:
    gateway = open_gateway(build(settings, spool.parent / "gateway.toml"), spool)
    stop = asyncio.Event()
    task = asyncio.create_task(gateway.run(stop))
    try:
        yield gateway
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUANGYU_MQTT_PASSWORD", "gateway-secret")


async def test_gateway_polls_tcp_and_rtu_and_the_shore_gets_each_value_under_its_name(
    any_broker: BrokerProcess, tmp_path: Path
) -> None:
    async with modbus_tcp({1: odo(1), 2: cell(2, 5055)}) as (port, _), rtu_pty({5: odo(5, 4.125)}) as (path, _line):
        settings = table(
            any_broker,
            bus=[
                {"name": "tcp", "transport": "tcp", "host": "127.0.0.1", "port": port},
                {"name": "line", "transport": "rtu", "path": path},
            ],
            unit=[
                unit_row("d2", "tcp", 1, "ysi-odo-rtu"),
                unit_row("m1", "tcp", 2, "generic-int32"),
                unit_row("d6", "line", 5, "ysi-odo-rtu"),
            ],
        )
        async with shore_on(any_broker) as shore:
            async with running(settings, tmp_path / "spool.sqlite") as gateway:
                await shore.until(lambda: len({r.series for r in shore.readings()}) == 11)
                await shore.until(lambda: len(shore.readings()) > 50)
            await shore.until(lambda: shore.statuses[-1]["state"] == "offline")
        assert gateway.failures == {}
    values = {str(r.series): r.value for r in shore.readings()}
    assert values["dt01-c01.d2.do_mg_l"] == 6.5
    assert values["dt01-c01.d6.do_mg_l"] == 4.125
    assert values["dt01-c01.m1.tension_kn"] == 5.055
    assert {r.qc for r in shore.readings()} == {QcFlag.GOOD}


async def test_gateway_without_acknowledgement_keeps_every_row_and_sends_it_again(
    any_broker: BrokerProcess, tmp_path: Path
) -> None:
    async with modbus_tcp({2: cell(2, 100)}) as (port, _):
        settings = table(
            any_broker,
            bus=[{"name": "tcp", "transport": "tcp", "host": "127.0.0.1", "port": port}],
            unit=[unit_row("m1", "tcp", 2, "generic-int32")],
        )
        async with shore_on(any_broker) as shore, running(settings, tmp_path / "spool.sqlite") as gateway:
            shore.answering = False
            await shore.until(lambda: shore.repeats > 3)
            kept = gateway.spool.counts[Stream.READING]
            assert kept >= len(shore.readings()) > 3
            shore.answering = True
            await shore.until(lambda: gateway.spool.counts[Stream.READING] < 3)
    assert len({r.observed_at for r in shore.readings()}) == len(shore.readings())


async def test_gateway_after_broker_kill_delivers_what_was_accepted_meanwhile(
    mqtt_broker: BrokerProcess, tmp_path: Path
) -> None:
    async with modbus_tcp({2: cell(2, 100)}) as (port, _):
        settings = table(
            mqtt_broker,
            bus=[{"name": "tcp", "transport": "tcp", "host": "127.0.0.1", "port": port}],
            unit=[unit_row("m1", "tcp", 2, "generic-int32")],
        )
        async with running(settings, tmp_path / "spool.sqlite") as gateway:
            async with shore_on(mqtt_broker) as first:
                await first.until(lambda: len(first.readings()) > 2)
                mqtt_broker.kill()
            before = gateway.spooler.accepted
            while gateway.spooler.accepted < before + 5:
                await asyncio.sleep(0.05)
            mqtt_broker.start()
            async with shore_on(mqtt_broker) as second:
                await second.until(lambda: gateway.uplink.state.connected and not gateway.outbox.has_backlog())
                await second.until(lambda: gateway.spool.counts[Stream.READING] < 3)
    seqs = sorted(first.rows.keys() | second.rows.keys())
    assert seqs == list(range(seqs[0], seqs[-1] + 1)), "every number given out arrived, whatever its stream"


async def test_ais_input_sends_raw_sentences_and_distress_on_its_own_stream(
    mqtt_broker: BrokerProcess, tmp_path: Path
) -> None:
    feed = [STATIC[0], SENTENCE, SPOILED, SART, STATIC[1], "noise", "$GPRMC,bad*01"]

    async def receiver(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(feed).encode() + b"\r\n")
        await reader.read()

    async with listening(receiver, "127.0.0.1", 0) as port:
        settings = table(
            mqtt_broker, nmea=[{"name": "rx1", "transport": "tcp", "port": port, "lat_deg": 27.8, "lon_deg": 121.2}]
        )
        async with shore_on(mqtt_broker) as shore, running(settings, tmp_path / "spool.sqlite") as gateway:
            await shore.until(lambda: shore.sentences(Stream.DISTRESS) and len(shore.sentences(Stream.NMEA)) == 2)
            assert gateway.intakes["rx1"].health.bad == {"checksum": 2, "form": 1}
    (plain, static), (alarm,) = shore.sentences(Stream.NMEA), shore.sentences(Stream.DISTRESS)
    assert plain.text.endswith("\\" + SENTENCE)
    assert plain.text.startswith("\\c:")
    assert ",s:rx1*" in plain.text
    assert alarm.text.endswith(SART)
    assert [line.rpartition("\\")[2] for line in static.text.split("\n")] == list(STATIC), "one record, whole message"


async def test_command_is_written_once_read_back_answered_and_audited(
    mqtt_broker: BrokerProcess, tmp_path: Path
) -> None:
    relay = Unit(address=9, coils={0: 0, 1: 0, 2: 0})
    async with modbus_tcp({9: relay}) as (port, _):
        settings = table(
            mqtt_broker,
            bus=[{"name": "tcp", "transport": "tcp", "host": "127.0.0.1", "port": port}],
            unit=[unit_row("relay", "tcp", 9, "generic-relay")],
            command=[
                {"name": "aerator", "unit": "relay", "address": 0, "min_interval_s": 0.0},
                {"name": "feeder", "unit": "relay", "address": 1, "min_interval_s": 60.0},
            ],
        )
        async with shore_on(mqtt_broker) as shore, running(settings, tmp_path / "spool.sqlite") as gateway:
            await shore.until(shore.readings)

            async def ask(command_id: str, **more: object) -> dict[str, object]:
                now = gateway.clock.now_s()
                body = {"command": "aerator", "value": 1, "by": "duty", "issued_at": now, "expires_at": now + 30} | more
                assert shore.client is not None
                shore.results.pop(command_id, None)
                await shore.client.publish(topics.command("gw-dt01", command_id), json.dumps(body), qos=1)
                await shore.until(lambda: command_id in shore.results)
                return shore.results[command_id]

            assert (await ask("c1"))["state"] == "done"
            assert relay.coils[0] == 1
            assert (await ask("c1"))["state"] == "done", "the same id again is answered, not repeated"
            assert relay.writes == [(5, 0, 0xFF00)]
            assert (await ask("c2", expires_at=gateway.clock.now_s() - 1))["state"] == "expired"
            assert (await ask("c3", command="lamp"))["state"] == "refused"
            assert (await ask("c4", value=7))["state"] == "refused"
            both = await asyncio.gather(ask("c5", command="feeder"), ask("c6", command="feeder"))
            assert sorted(str(answer["state"]) for answer in both) == ["done", "refused"], (
                "two at once keep the interval"
            )
            done = next(str(answer["id"]) for answer in both if answer["state"] == "done")
            assert (await ask(done, command="feeder"))["state"] == "done", "a repeat is told how the first one ended"
            assert shore.client is not None
            await shore.client.publish(topics.command("gw-dt01", "c7"), b'{"command": "aerator"}', qos=1)
            await shore.until(lambda: "c7" in shore.results)
            assert shore.results["c7"]["state"] == "refused", "what cannot be understood is answered too"
            late = await gateway.buses[0].write(gateway.loaded.config.unit[0], 5, 2, 1, not_after_s=0.0)
            assert late[0] == "expired", "what waited for the line past its time is not sent any more"
            await shore.until(lambda: len(shore.health("command")) >= 9)
    assert relay.writes == [(5, 0, 0xFF00), (5, 1, 0xFF00)]


async def test_command_that_cannot_be_noted_is_refused_and_never_written(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite", boot="b", now_s=1.8e9, ballast_bytes=0)

    def full(command_id: str, now_ms: int) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    spool._note_command = full  # type: ignore[method-assign]
    with pytest.raises(SpoolFullError, match="no room to note a command"):
        spool.begin_command("c1", 0)
    assert spool.command_state("c1") is None
    spool.close()


async def test_stopping_gateway_refuses_a_command_and_says_so(tmp_path: Path) -> None:
    settings = table(
        None,
        bus=[{"name": "tcp", "transport": "tcp", "host": "127.0.0.1", "port": 1}],
        unit=[unit_row("relay", "tcp", 9, "generic-relay")],
        command=[{"name": "aerator", "unit": "relay", "address": 0}],
    )
    gateway = open_gateway(build(settings, tmp_path / "gateway.toml"), tmp_path / "spool.sqlite")
    downlink, answers = gateway.downlink, []
    assert downlink is not None
    downlink._reply = lambda _topic, payload: answers.append(json.loads(payload))
    await downlink.end()
    now = gateway.clock.now_s()
    body = {"command": "aerator", "value": 1, "by": "duty", "issued_at": now, "expires_at": now + 30}
    await downlink.heard(topics.command("gw-dt01", "c1"), json.dumps(body).encode())
    assert (answers[0]["state"], "is stopping" in answers[0]["reason"]) == ("refused", True)
    assert gateway.spool.command_state("c1") is None, "it may be asked again"
    await gateway.spooler.close()


async def test_gateway_whose_spool_breaks_ends_instead_of_looking_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with modbus_tcp({2: cell(2, 100)}) as (port, _):
        settings = table(
            None,
            bus=[{"name": "tcp", "transport": "tcp", "host": "127.0.0.1", "port": port}],
            unit=[unit_row("m1", "tcp", 2, "generic-int32")],
        )
        gateway = open_gateway(build(settings, tmp_path / "gateway.toml"), tmp_path / "spool.sqlite")

        def broken(items: object, acknowledged: object = ()) -> Commit:
            raise sqlite3.DatabaseError("database disk image is malformed")

        monkeypatch.setattr(gateway.spool, "commit", broken)
        with pytest.raises(StartError, match=r"malformed.*started anew"):
            await asyncio.wait_for(gateway.run(asyncio.Event()), 20)


async def test_command_started_before_a_crash_is_never_carried_out_after_it(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    spool = Spool(path, boot="b", now_s=1.8e9, ballast_bytes=0)
    assert spool.begin_command("c1", 0) is None
    spool.close()
    again = Spool(path, boot="b", now_s=1.8e9, ballast_bytes=0)
    assert again.begin_command("c1", 0) == "started"
    again.close()


async def test_gateway_live_readings_overtake_a_backlog(mqtt_broker: BrokerProcess, tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    old = Spool(path, boot="before", now_s=1.8e9, ballast_bytes=0)
    rows = [
        Item(
            stream=Stream.READING,
            name="dt01-c01.d2.do_mg_l",
            t_ms=1_790_000_000_000 + i,
            clock=ClockState.SYNCED,
            value=5.0,
        )
        for i in range(20_000)
    ]
    old.commit(rows)
    old.close()
    async with modbus_tcp({2: cell(2, 100)}) as (port, _):
        settings = table(
            mqtt_broker,
            bus=[{"name": "tcp", "transport": "tcp", "host": "127.0.0.1", "port": port}],
            unit=[unit_row("m1", "tcp", 2, "generic-int32")],
        )
        async with shore_on(mqtt_broker) as shore, running(settings, path) as gateway:
            await shore.until(lambda: not gateway.outbox.has_backlog() and sum(gateway.spool.counts.values()) < 5, 40)
    order = [batch.readings[0][1].series.quantity for stream, batch in shore.packs if stream is Stream.READING]
    first_live, last_old = order.index("tension_kn"), len(order) - 1 - order[::-1].index("do_mg_l")
    assert first_live < last_old, "live readings went out before the backlog was through"
    assert sum(r.series.quantity == "do_mg_l" for r in shore.readings()) == 20_000


async def test_gateway_stop_accepts_what_waits_and_leaves_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    async with modbus_tcp({2: cell(2, 100)}) as (port, _):
        settings = table(
            None,
            bus=[{"name": "tcp", "transport": "tcp", "host": "127.0.0.1", "port": port}],
            unit=[unit_row("m1", "tcp", 2, "generic-int32")],
        )
        async with running(settings, path) as gateway:
            while gateway.spooler.accepted < 5:
                await asyncio.sleep(0.05)
        accepted = gateway.spooler.accepted
    left = Spool(path, boot="later", now_s=1.8e9, ballast_bytes=0)
    assert sum(left.counts.values()) == accepted
    left.close()
    assert not [file for file in tmp_path.iterdir() if file.name.endswith("-wal") and file.stat().st_size]


def test_outbox_never_deletes_what_it_did_not_send() -> None:
    box = Outbox(window=4, live_window=1, ack_timeout_s=1.0)
    box.start([(Stream.READING, 1, 100)], 100)
    want = next(w for w in box.wants(0.0) if w.stream is Stream.READING)
    box.took(want, list(range(1, 51)), 0.0, more=True)
    assert box.acknowledged([(0, 10_000)]) == [(Stream.READING, 1, 50)]
