"""Every kind of NMEA input, and a clock that is set while the gateway runs."""

import asyncio
import contextlib
import os
import socket
import tty
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from pyais import encode_dict

from core.listening import listening
from core.reading import ClockState
from core.tasks import end_tasks
from gateway.config import AisSection, NmeaSection, NmeaTransport
from gateway.nmea import checksum
from gateway.receivers import NOBODY, Intake, LineSplitter, run_input
from gateway.spool import Item, SpoolFullError
from tests.fixtures.broker import BrokerProcess, free_port
from tests.fixtures.instruments import Unit, modbus_tcp
from tests.fixtures.shore import shore_on
from tests.integration.test_gateway import cell, running, table, unit_row

SENTENCES = [
    encode_dict({"type": 18, "mmsi": 412_000_000 + n, "lat": 27.8, "lon": 121.2}, talker_id="AI", sentence_type="VDM")[
        0
    ]
    for n in range(5)
]
STREAM = "\r\n".join([*SENTENCES, "rubbish", ""]).encode()


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUANGYU_MQTT_PASSWORD", "gateway-secret")


async def heard(section: NmeaSection, send: Callable[[], object]) -> list[Item]:
    """Run one input, call `send` until all five sentences are there."""
    items: list[Item] = []
    intake = Intake(
        section, AisSection(), put=items.extend, now_s=lambda: 1.79e9, clock_state=lambda: ClockState.SYNCED
    )
    task = asyncio.create_task(run_input(section, intake))
    try:
        async with asyncio.timeout(10):
            while not intake.health.connected and intake.health.reason != NOBODY:
                await asyncio.sleep(0.01)
            send()
            while len(items) < 5:
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert intake.health.bad == {"form": 1}
    return items


def texts(items: list[Item]) -> list[str]:
    return [(item.body or "").rpartition("\\")[2] for item in items]


async def test_udp_input_takes_datagrams_of_many_lines() -> None:
    port = free_port()

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(STREAM, ("127.0.0.1", port))

    section = NmeaSection(name="udp", transport=NmeaTransport.UDP, port=port)
    assert texts(await heard(section, send)) == SENTENCES


async def test_tcp_server_input_takes_clients() -> None:
    port = free_port()

    def send() -> None:
        with socket.create_connection(("127.0.0.1", port)) as out:
            out.sendall(STREAM)

    section = NmeaSection(name="server", transport=NmeaTransport.TCP_SERVER, port=port)
    assert texts(await heard(section, send)) == SENTENCES


async def test_tcp_server_without_a_client_is_a_receiver_that_is_down() -> None:
    """Listening is not hearing: shore must not take an unplugged receiver for a quiet sea."""
    section = NmeaSection(name="server", transport=NmeaTransport.TCP_SERVER, port=free_port(), stale_s=0.2)
    intake = Intake(
        section, AisSection(), put=lambda _: None, now_s=lambda: 1.79e9, clock_state=lambda: ClockState.SYNCED
    )
    task = asyncio.create_task(run_input(section, intake))

    async def until(connected: bool, reason: str) -> None:
        async with asyncio.timeout(10):
            while (intake.health.connected, intake.health.reason) != (connected, reason):
                await asyncio.sleep(0.01)

    await until(False, NOBODY)
    _, writer = await asyncio.open_connection("127.0.0.1", section.port)
    await until(True, "")
    await until(False, NOBODY)  # it says nothing for longer than stale_s: half open
    writer.close()
    await end_tasks([task])


async def test_serial_input_reads_a_line_in_pieces() -> None:
    master, slave = os.openpty()
    tty.setraw(slave)

    def send() -> None:
        for start in range(0, len(STREAM), 37):
            os.write(master, STREAM[start : start + 37])

    section = NmeaSection(name="serial", transport=NmeaTransport.SERIAL, path=os.ttyname(slave))
    assert texts(await heard(section, send)) == SENTENCES
    os.close(master)
    os.close(slave)


def test_line_without_end_is_cut_and_the_next_one_is_read() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"x" * 5000) == [b"x" * 5000]
    assert splitter.feed(b"\nnext\n") == [b"", b"next"]


async def test_tcp_input_comes_back_after_the_receiver_restarts() -> None:
    port, items = free_port(), list[Item]()
    section = NmeaSection(name="rx1", transport=NmeaTransport.TCP, port=port, stale_s=5.0)
    intake = Intake(section, AisSection(class_b_s=0), put=items.extend, now_s=lambda: 1.79e9,
                    clock_state=lambda: ClockState.SYNCED)  # fmt: skip

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM)
        await writer.drain()

    task = asyncio.create_task(run_input(section, intake))
    async with listening(once, "127.0.0.1", port), asyncio.timeout(15):
        while len(items) < 10:
            await asyncio.sleep(0.02)
    await end_tasks([task])
    assert intake.health.report(1.79e9)["messages"] == len(items)


async def test_readings_before_the_first_sync_are_held_and_corrected(
    mqtt_broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The GPS says it is an hour later than the unset clock: readings taken before get that hour, and clock state 1."""
    go = asyncio.Event()

    async def gps(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        while True:
            at = datetime.now(UTC) + timedelta(hours=1)
            body = f"GPZDA,{at:%H%M%S}.{at.microsecond // 10_000:02d},{at:%d,%m,%Y},00,00"
            writer.write(f"${body}*{checksum(body)}\r\n".encode())
            await writer.drain()
            await asyncio.sleep(0.1)

    units: dict[int, Unit] = {2: cell(2, 100)}
    async with listening(gps, "127.0.0.1", 0) as port, modbus_tcp(units) as (device, _):
        settings = table(
            mqtt_broker,
            clock={"source": "gps"},
            bus=[{"name": "tcp", "transport": "tcp", "host": "127.0.0.1", "port": device}],
            unit=[unit_row("m1", "tcp", 2, "generic-int32")],
            nmea=[{"name": "gps", "transport": "tcp", "port": port}],
        )
        async with shore_on(mqtt_broker) as shore, running(settings, tmp_path / "spool.sqlite") as gateway:
            began = datetime.now(UTC)
            async with asyncio.timeout(20):
                while gateway.spooler.accepted < 8:
                    await asyncio.sleep(0.05)
            assert shore.packs == [], "nothing goes up while the clock is unknown"
            full = [SpoolFullError("no room")]
            plain = gateway.spool.correct_clock
            monkeypatch.setattr(
                gateway.spool, "correct_clock", lambda ms: plain(ms) if not full else _raise(full.pop())
            )
            go.set()
            await shore.until(lambda: len(shore.readings()) > 8)
    assert {batch.head.clock for _, batch in shore.packs} == {ClockState.SYNCED}
    for reading in shore.readings():
        assert 3500 < (reading.observed_at - began).total_seconds() < 3700
    assert shore.health("clock")[0]["first_sync"] is True
    assert not full, "the first correction found no room, the second went through"


def _raise(exc: Exception) -> NoReturn:
    raise exc
