"""Inputs of NMEA sentences: TCP client and server, UDP, serial line, recorded file; any number at once.

Every input reads lines and hands them to `Intake`, which checks, assembles, thins and spools. A lost input is opened
again with back-off and jitter; its health says meanwhile that it is down.
"""

import asyncio
import contextlib
import logging
import os
import random
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import serial

from core.listening import listening
from core.reading import ClockState
from gateway.config import AisSection, NmeaSection, NmeaTransport
from gateway.nmea import MAX_SENTENCE, Assembler, BadSentenceError, Message, gps_unix_s, parse, tagged
from gateway.spool import Item
from gateway.traffic import ReceiverHealth, Thinner

_log = logging.getLogger(__name__)
CONNECT_LIMIT_S = 10.0
RETRY_FIRST_S, RETRY_MOST_S = 1.0, 60.0
NOBODY = "no receiver has connected"


class Intake:
    """From raw lines of one input to spool items.

    `now_s` is Unix time; a recorded file brings times of its own, which are moved by `shift_s`.
    """

    def __init__(
        self,
        section: NmeaSection,
        policy: AisSection,
        *,
        put: Callable[[Sequence[Item]], None],
        now_s: Callable[[], float],
        clock_state: Callable[[], ClockState],
        on_gps: Callable[[float], None] | None = None,
        shift_s: float = 0.0,
    ) -> None:
        self.health = ReceiverHealth(name=section.name, lat_deg=section.lat_deg, lon_deg=section.lon_deg)
        self._section, self._put, self._now_s = section, put, now_s
        self._clock_state, self._on_gps = clock_state, on_gps
        self._recorded = section.transport is NmeaTransport.FILE
        self._assembler, self._thinner = Assembler(), Thinner(policy)
        self._at_s, self._shift_s = 0.0, shift_s

    def feed(self, raw: bytes) -> None:
        """Take one line as it came."""
        if not raw.strip():
            return
        try:
            line = parse(raw)
        except BadSentenceError as exc:
            self.health.spoiled(str(exc))
            return
        at_s = self._time_of(line.time_s)
        if self._on_gps is not None and not self._recorded:
            gps_s = gps_unix_s(line)
            if gps_s is not None:
                self._on_gps(gps_s)
        self._take(self._assembler.feed(line, at_s), at_s)

    def _time_of(self, tag_s: float | None) -> float:
        if not self._recorded:
            return self._now_s()
        if tag_s is not None:
            self._at_s = tag_s + self._shift_s
        return self._at_s or self._now_s()

    def idle(self) -> None:
        """Give out fragments whose rest did not come; call about once a second."""
        now_s = self._at_s if self._recorded else self._now_s()
        self._take(self._assembler.expire(now_s), now_s)

    def finish(self) -> None:
        """Give out every open fragment: the input has ended."""
        self._take(self._assembler.expire(float("inf")), self._at_s or self._now_s())

    def _take(self, messages: Sequence[Message], at_s: float) -> None:
        items = []
        for message in messages:
            routed = self._thinner.route(message, at_s)
            self.health.heard(routed.head if routed else None, self._now_s())
            if routed is not None:
                body = "\n".join(tagged(line, at_s=at_s, receiver=self._section.name) for line in message.lines)
                items.append(
                    Item(
                        stream=routed.stream, name=self._section.name, t_ms=round(at_s * 1000),
                        clock=self._clock_state(), body=body,
                    )
                )  # fmt: skip
        if items:
            self._put(items)

    @property
    def thinned(self) -> int:
        """Return how many position reports the policy held back."""
        return self._thinner.thinned


class LineSplitter:
    """Cuts a byte stream into lines; a line without end is cut at `MAX_SENTENCE` and will fail its checks."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that these bytes complete."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_SENTENCE:
            lines.append(self._rest)
            self._rest = b""
        return lines


async def run_input(section: NmeaSection, intake: Intake) -> None:
    """Read one live input for ever; a recorded file is read once (see `read_file`)."""
    rng, failures = random.Random(), 0
    while True:
        try:
            await _read(section, intake)
            reason = "the other end closed"
        except (OSError, TimeoutError, serial.SerialException) as exc:
            reason = str(exc) or type(exc).__name__
        failures = 1 if intake.health.connected else failures + 1
        intake.health.connected, intake.health.reason = False, reason
        _log.warning("nmea input lost", extra={"receiver": section.name, "reason": reason})
        await asyncio.sleep(min(RETRY_MOST_S, RETRY_FIRST_S * 2 ** min(failures - 1, 8)) * rng.uniform(0.5, 1.0))


async def _read(section: NmeaSection, intake: Intake) -> None:
    if section.transport is NmeaTransport.TCP_SERVER:
        await _serve(section, intake)
    elif section.transport is NmeaTransport.UDP:
        await _receive(section, intake)
    elif section.transport is NmeaTransport.SERIAL:
        await _read_serial(section, intake)
    else:
        async with asyncio.timeout(CONNECT_LIMIT_S):
            reader, writer = await asyncio.open_connection(section.host, section.port)
        try:
            await _read_stream(section, intake, reader)
        finally:
            writer.close()


def _opened(intake: Intake) -> None:
    intake.health.connected, intake.health.reason = True, ""


async def _read_stream(section: NmeaSection, intake: Intake, reader: asyncio.StreamReader) -> None:
    """Read until the end; a stream that is silent for ``stale_s`` is held for half open and left."""
    splitter = LineSplitter()
    _opened(intake)
    while True:
        async with asyncio.timeout(section.stale_s):
            data = await reader.read(4096)
        if not data:
            return
        for line in splitter.feed(data):
            intake.feed(line)


async def _serve(section: NmeaSection, intake: Intake) -> None:
    clients = 0

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal clients
        clients += 1
        try:
            await _read_stream(section, intake, reader)
        finally:
            clients -= 1
            if not clients:
                intake.health.connected, intake.health.reason = False, NOBODY

    async with listening(client, section.host, section.port):
        intake.health.reason = NOBODY
        await asyncio.Event().wait()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def datagram_received(self, data: bytes, addr: object) -> None:
        for line in data.split(b"\n"):
            self._intake.feed(line)


async def _receive(section: NmeaSection, intake: Intake) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Datagrams(intake), local_addr=(section.host, section.port)
    )
    _opened(intake)
    try:
        await asyncio.Event().wait()
    finally:
        transport.close()


async def _read_serial(section: NmeaSection, intake: Intake) -> None:
    port = serial.Serial(section.path, baudrate=section.baud, timeout=0)
    loop, arrived, ended = asyncio.get_running_loop(), LineSplitter(), asyncio.Event()

    def ready() -> None:
        try:
            data = os.read(port.fileno(), 4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            ended.set()
        for line in arrived.feed(data):
            intake.feed(line)

    loop.add_reader(port.fileno(), ready)
    _opened(intake)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(port.fileno())
        port.close()


async def read_file(path: Path, *, speed: float | None = None) -> AsyncIterator[bytes]:
    """Yield the lines of a recording; with `speed` at that multiple of the pace of its own tag block times."""
    loop = asyncio.get_running_loop()
    began_s, first_s = loop.time(), None
    with path.open("rb") as file:
        for number, raw in enumerate(file):
            if speed is not None:
                with contextlib.suppress(BadSentenceError):
                    at_s = parse(raw).time_s
                    if at_s is not None:
                        first_s = at_s if first_s is None else first_s
                        await asyncio.sleep(max(0.0, began_s + (at_s - first_s) / speed - loop.time()))
            elif number % 200 == 0:
                await asyncio.sleep(0)
            yield raw
