"""One Modbus line: TCP, serial RTU or RTU over TCP; sends one request at a time and returns only its own reply.

What keeps a late answer from being taken for the next one:
TCP, the transaction id; RTU, first a quiet period after every timeout, then a *fence*: a read of another length to the
same unit, so that whatever was still on its way is told apart by its length. Instruments answer in order, so once the
fence is answered nothing older can follow. There is no automatic retry below this layer.
"""

import asyncio
import contextlib
import math
import os
import random
import socket
from collections.abc import Callable
from typing import Any

import serial

from core.profiles import Serial
from gateway.config import BusSection, Transport
from gateway.modbus import Outcome, Reply, Request, RtuReader, TcpReader, rtu_frame, tcp_frame

CONNECT_LIMIT_S = 5.0
RECONNECT_FIRST_S, RECONNECT_MOST_S = 0.5, 30.0
TIMEOUTS_BEFORE_RECONNECT = 2
QUIET_ROUNDS = 5
"""A line that never falls silent is left after this many quiet periods: something else talks on it."""

Reader = RtuReader | TcpReader


class _Stream(asyncio.Protocol):
    """One TCP connection of a link; a connection that was left cannot speak for its successor."""

    def __init__(self, link: "Link") -> None:
        self._link = link
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: Any) -> None:
        """Note the open connection and ask the kernel to notice a dead one."""
        self.transport = transport
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Hand bytes on while this is the link's connection."""
        if self._link.stream is self:
            self._link.heard(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the link, while this is its connection."""
        if self._link.stream is self:
            self._link.lost(f"the connection to {self._link.where()} was closed{f': {exc}' if exc else ''}")


class Link:
    """The connection itself. `exchange` never raises for what the line does: the outcome says it."""

    def __init__(self, bus: BusSection, line: Serial, seed: int | None = None) -> None:
        self._bus, self._line = bus, line
        self._random = random.Random(seed)
        self._transaction = self._random.randrange(1, 0xFFFF)
        self.stream: _Stream | None = None
        self._port: serial.Serial | None = None
        self._reader: Reader | None = None
        self._answered: asyncio.Future[Reply] | None = None
        self._stale_bytes = 0
        self._heard = asyncio.Event()
        self._failures = 0
        self._next_try_s = 0.0
        self._timeouts = 0
        self.stale_frames = 0
        self.why_down = "not connected yet"

    @property
    def connected(self) -> bool:
        """Return whether the line is open."""
        return self.stream is not None or self._port is not None

    async def exchange(self, request: Request, timeout_s: float, *, not_after_s: float = math.inf) -> Reply:
        """Return what became of one request within `timeout_s`; after `not_after_s` (loop time) it is not sent."""
        if not self.connected and not await self._connect():
            return Reply(outcome=Outcome.DOWN, reason=self.why_down)
        loop = asyncio.get_running_loop()
        if loop.time() > not_after_s:
            return Reply(outcome=Outcome.LATE, reason="its time ran out before the line was free")
        self._reader, frame = self._open(request)
        self._answered = loop.create_future()
        try:
            self._write(frame)
            async with asyncio.timeout(timeout_s):
                reply = await self._answered
            self._timeouts = 0
        except TimeoutError:
            reply = Reply(outcome=self._silent_outcome(), reason=self._reader.why_not())
            self._after_timeout()
        except OSError as exc:
            reply = Reply(outcome=Outcome.DOWN, reason=f"the line broke: {exc}")
            self.close(reply.reason)
        finally:
            if self._reader is not None:
                self.stale_frames += len(self._reader.strange)
            self._reader = self._answered = None
        return reply

    def _open(self, request: Request) -> tuple[Reader, bytes]:
        if self._bus.transport is Transport.TCP:
            self._transaction = self._transaction % 0xFFFF + 1
            return TcpReader(request, self._transaction), tcp_frame(request, self._transaction)
        return RtuReader(request), rtu_frame(request)

    def _silent_outcome(self) -> Outcome:
        reader = self._reader
        garbled = reader is not None and bool(reader.strange or reader.leftover())
        return Outcome.BROKEN if garbled else Outcome.TIMEOUT

    def _after_timeout(self) -> None:
        self._timeouts += 1
        lost = isinstance(self._reader, TcpReader) and self._reader.lost_frame
        if self._bus.transport is Transport.RTU_OVER_TCP or lost:
            self.close("reconnecting after a timeout")
            self._next_try_s = 0.0
        elif self._bus.transport is Transport.TCP and self._timeouts >= TIMEOUTS_BEFORE_RECONNECT:
            self.close("no answer twice, perhaps half open")

    async def quiet(self, period_s: float) -> bool:
        """Return True once nothing has come for `period_s`; what comes meanwhile is thrown away."""
        for _ in range(QUIET_ROUNDS):
            self._heard.clear()
            try:
                async with asyncio.timeout(period_s):
                    await self._heard.wait()
            except TimeoutError:
                return True
        return False

    async def _connect(self) -> bool:
        loop = asyncio.get_running_loop()
        if loop.time() < self._next_try_s:
            return False
        try:
            if self._bus.transport is Transport.RTU:
                self._open_serial(loop)
            else:
                stream = _Stream(self)
                async with asyncio.timeout(CONNECT_LIMIT_S):
                    await loop.create_connection(lambda: stream, self._bus.host, self._bus.port)
                self.stream = stream
        except (OSError, TimeoutError, ValueError) as exc:
            self.why_down = f"cannot open {self.where()}: {exc or type(exc).__name__}"
            self._back_off(loop)
            return False
        self._failures = self._timeouts = 0
        return True

    def where(self) -> str:
        """Return the address or path of the line, for messages."""
        return self._bus.path or f"{self._bus.host}:{self._bus.port}"

    def _back_off(self, loop: asyncio.AbstractEventLoop) -> None:
        ceiling = min(RECONNECT_MOST_S, RECONNECT_FIRST_S * 2 ** min(self._failures, 8))
        self._failures += 1
        self._next_try_s = loop.time() + ceiling * self._random.uniform(0.5, 1.0)

    def _open_serial(self, loop: asyncio.AbstractEventLoop) -> None:
        self._port = serial.Serial(
            self._bus.path,
            baudrate=self._line.baud,
            parity=self._line.parity,
            stopbits=self._line.stop_bits,
            timeout=0,
            write_timeout=0,
        )
        self._port.reset_input_buffer()
        loop.add_reader(self._port.fileno(), self._read_serial)

    def _read_serial(self) -> None:
        if self._port is None:
            return
        try:
            data = os.read(self._port.fileno(), 512)
        except BlockingIOError:
            return
        except OSError as exc:
            self.lost(f"the serial line went away: {exc}")
            return
        if data:
            self.heard(data)
        else:
            self.lost("the serial line was closed at the other end")

    def _write(self, frame: bytes) -> None:
        if self._port is not None:
            os.write(self._port.fileno(), frame)
        elif self.stream is not None and self.stream.transport is not None:
            self.stream.transport.write(frame)

    def heard(self, data: bytes) -> None:
        """Hand bytes to the open request, or count them as stale."""
        self._heard.set()
        if self._reader is None or self._answered is None or self._answered.done():
            self._stale_bytes += len(data)
            return
        reply = self._reader.feed(data)
        if reply is not None:
            self._answered.set_result(reply)

    def take_stale(self) -> int:
        """Return how many bytes came unasked since the last call; any means that the next RTU reply is in doubt."""
        count, self._stale_bytes = self._stale_bytes, 0
        return count

    def lost(self, reason: str) -> None:
        """Close the line and end the open request: the other end went away."""
        self.close(reason)
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(Reply(outcome=Outcome.DOWN, reason=reason))

    def close(self, reason: str = "closed") -> None:
        """Close the line; the next exchange opens it again."""
        self.why_down = reason
        if self._port is not None:
            with contextlib.suppress(RuntimeError, ValueError, OSError):
                asyncio.get_running_loop().remove_reader(self._port.fileno())
            with contextlib.suppress(OSError):
                self._port.close()
            self._port = None
        if self.stream is not None:
            stream, self.stream = self.stream, None
            if stream.transport is not None:
                stream.transport.abort()


class Line:
    """A link with the memory that RTU lacks: which answers may still be on their way, and the fence against them."""

    def __init__(self, link: Link, transport: Transport, monotonic: Callable[[], float] | None = None) -> None:
        self.link = link
        self._rtu = transport is not Transport.TCP
        self._doubt: dict[int, set[int]] = {}
        self._now = monotonic or asyncio.get_running_loop().time

    async def read(
        self, request: Request, timeout_s: float, fence: "Fence | None" = None, *, not_after_s: float = math.inf
    ) -> Reply:
        """Return the reply to a request, after making sure that no older answer can stand in for it."""
        if self._rtu and not await self._clear(request, timeout_s, fence):
            return Reply(outcome=Outcome.BROKEN, reason="the line is not clean after a late answer")
        reply = await self.link.exchange(request, timeout_s, not_after_s=not_after_s)
        if self._rtu and reply.outcome in (Outcome.TIMEOUT, Outcome.BROKEN):
            self._doubt.setdefault(request.unit, set()).add(request.reply_pdu_bytes())
            await self.link.quiet(timeout_s)
        return reply

    async def _clear(self, request: Request, timeout_s: float, fence: "Fence | None") -> bool:
        if self.link.take_stale():
            self._doubt.setdefault(request.unit, set()).add(request.reply_pdu_bytes())
            if not await self.link.quiet(timeout_s):
                return False
            self.link.take_stale()
        open_lengths = self._doubt.get(request.unit)
        if not open_lengths:
            return True
        probe = fence.choose(request.unit, open_lengths) if fence else None
        if probe is None:
            return await self._wait_out(request.unit, timeout_s)
        reply = await self.link.exchange(probe, timeout_s)
        if reply.outcome is Outcome.OK:
            del self._doubt[request.unit]
            return True
        if reply.outcome is Outcome.EXCEPTION:
            return await self._wait_out(request.unit, timeout_s)
        open_lengths.add(probe.reply_pdu_bytes())
        await self.link.quiet(timeout_s)
        return False

    async def _wait_out(self, unit: int, timeout_s: float) -> bool:
        """No fence is left: three silent timeouts are what remains, as the manuals' own advice."""
        clean = await self.link.quiet(3 * timeout_s)
        if clean:
            self._doubt.pop(unit, None)
        return clean


class Fence:
    """Reads that an instrument surely answers, of many lengths, to tell its newest answer from older ones."""

    def __init__(self, function: int, start: int, counts: tuple[int, ...]) -> None:
        self._function, self._start, self._counts = function, start, counts

    def choose(self, unit: int, taken: set[int]) -> Request | None:
        """Return a read whose reply length is none of `taken`, or None when all are."""
        for count in self._counts:
            request = Request(unit=unit, function=self._function, address=self._start, count=count)
            if request.reply_pdu_bytes() not in taken:
                return request
        return None
