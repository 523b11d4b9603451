"""The wires: Modbus TCP, RTU over TCP and RTU on a pseudo-terminal, in front of the same devices."""

import asyncio
import contextlib
import logging
import os
import time
import tty
from collections.abc import Callable, Sequence
from pathlib import Path

from core.errors import StartError
from firmware_sim import modbus
from firmware_sim.device import Device, Reply

log = logging.getLogger(__name__)
Clock = Callable[[], float]
BITS_PER_BYTE = 11
"""Start, eight data, parity or second stop, stop. [bit]"""


class Wire:
    """Finds the unit a request is for and says when its answer leaves; shared by the three transports."""

    def __init__(self, name: str, devices: Sequence[Device], clock: Clock = time.time) -> None:
        self.name = name
        self.devices = {device.unit.number: device for device in devices}
        self.clock = clock
        self.up = True

    def ask(self, unit: int, pdu: bytes) -> Reply | None:
        """Return the reply of a unit, None where nobody has that number or the wire is cut."""
        device = self.devices.get(unit)
        if device is None or not self.up:
            return None
        reply = device.handle(pdu, self.clock())
        return None if reply.pdu is None else reply


class _TcpSide(asyncio.Protocol):
    """One connection; requests are answered in order, each after its own delay, as a serial bridge does."""

    def __init__(self, wire: Wire, connections: set[asyncio.BaseTransport], *, rtu: bool) -> None:
        self.wire, self.connections, self.rtu = wire, connections, rtu
        self.buffer = bytearray()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.connections.add(transport)
        if not self.wire.up:
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.connections.discard(self.transport)
        self.transport = None

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.rtu:
            for unit, pdu in modbus.take_rtu(self.buffer):
                self._answer(None, unit, pdu)
            return
        try:
            for transaction, unit, pdu in modbus.take_tcp(self.buffer):
                self._answer(transaction, unit, pdu)
        except ValueError:
            log.warning("not Modbus TCP, closing", extra={"bus": self.wire.name})
            if self.transport:
                self.transport.close()

    def _answer(self, transaction: int | None, unit: int, pdu: bytes) -> None:
        reply = self.wire.ask(unit, pdu)
        if reply is None or reply.pdu is None:
            if transaction is not None and unit not in self.wire.devices and self.wire.up:
                # A bridge that finds nobody says so: exception 11, "gateway target failed to respond".
                self._send(modbus.tcp_frame(transaction, unit, modbus.exception(pdu[0] if pdu else 0, 11)), 0.0)
            return
        if transaction is None:
            frame = _garbled(modbus.rtu_frame(reply.unit, reply.pdu), reply)
        else:
            frame = modbus.tcp_frame(
                (transaction + 1) & 0xFFFF if reply.garbled else transaction, reply.unit, reply.pdu
            )
        self._send(frame, reply.delay_s)

    def _send(self, frame: bytes, delay_s: float) -> None:
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, self._write, frame)
        else:
            self._write(frame)

    def _write(self, frame: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(frame)


def _garbled(frame: bytes, reply: Reply) -> bytes:
    return frame[:-1] + bytes((frame[-1] ^ 0x5A,)) if reply.garbled else frame


class TcpBus:
    """A Modbus TCP server, or a bridge that carries RTU frames over TCP."""

    def __init__(self, wire: Wire, *, rtu: bool) -> None:
        self.wire, self.rtu = wire, rtu
        self.server: asyncio.Server | None = None
        self.connections: set[asyncio.BaseTransport] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port; StartError names a port in use."""
        loop = asyncio.get_running_loop()
        try:
            self.server = await loop.create_server(
                lambda: _TcpSide(self.wire, self.connections, rtu=self.rtu), host, port
            )
        except OSError as exc:
            raise StartError(
                f"Cannot listen on {host}:{port} for {self.wire.name} ({exc.strerror}): "
                "free that port, or give another --port-base, or none for free ports."
            ) from exc
        return int(self.server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """Drop every connection, as a pulled cable does."""
        for transport in list(self.connections):
            transport.abort()  # type: ignore[attr-defined]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self.server is not None:
            self.server.close()
            self.cut()


class PtyBus:
    """An RS-485 line as a pseudo-terminal with a stable link to it; replies take the time of the baud rate."""

    def __init__(self, wire: Wire, link: Path, baud: int) -> None:
        self.wire, self.link, self.baud = wire, link, baud
        self.buffer = bytearray()
        self.master = self.slave = -1

    def start(self) -> Path:
        """Open the terminal, place the link and return its path."""
        self.master, self.slave = os.openpty()
        # The slave stays open here as well: otherwise reads of the master fail whenever no client holds it.
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.link.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.link.with_name(f".{self.link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self.slave))
        fresh.replace(self.link)
        asyncio.get_running_loop().add_reader(self.master, self._readable)
        return self.link

    def _readable(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            self.buffer += os.read(self.master, 4096)
        for unit, pdu in modbus.take_rtu(self.buffer):
            reply = self.wire.ask(unit, pdu)
            if reply is not None and reply.pdu is not None:
                frame = _garbled(modbus.rtu_frame(reply.unit, reply.pdu), reply)
                travel = (len(frame) + 8 + 3.5) * BITS_PER_BYTE / self.baud
                asyncio.get_running_loop().call_later(reply.delay_s + travel, self._write, frame)

    def _write(self, frame: bytes) -> None:
        if self.master >= 0:
            with contextlib.suppress(BlockingIOError, OSError):
                os.write(self.master, frame)

    async def stop(self) -> None:
        """Remove the link and close the terminal."""
        if self.master < 0:
            return
        asyncio.get_running_loop().remove_reader(self.master)
        name = os.ttyname(self.slave)
        with contextlib.suppress(OSError):
            if str(self.link.readlink()) == name:
                self.link.unlink()
        os.close(self.master)
        os.close(self.slave)
        self.master = self.slave = -1
