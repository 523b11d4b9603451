"""The control channel: one JSON object a line in, one out, on loopback; faults and outages on command."""

import asyncio
import json
import math
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from core.listening import listening
from firmware_sim.faults import FAULT_KINDS, Fault

if TYPE_CHECKING:
    from firmware_sim.run import Simulator

HELP = 'orders: {"do": "list"|"state"|"fault"|"clear"|"receiver"|"bus"}, see docs/simulator.md'


class RefusedError(ValueError):
    """An order that makes no sense; its text goes back to whoever gave it."""


class ControlServer:
    """Listens for orders and applies them to a running simulator."""

    def __init__(self, simulator: "Simulator") -> None:
        self.simulator = simulator
        self._open = AsyncExitStack()

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port."""
        return await self._open.enter_async_context(listening(self._serve, host, port))

    async def stop(self) -> None:
        """Close the port and the open conversations."""
        await self._open.aclose()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ValueError):  # a line longer than the limit ends the conversation
            while line := await reader.readline():
                writer.write(json.dumps(self.obey(line), ensure_ascii=False).encode() + b"\n")
                await writer.drain()

    def obey(self, line: bytes) -> dict[str, Any]:
        """Return the answer to one order: {"ok": true, …} or {"ok": false, "error": …}."""
        try:
            order = json.loads(line)
            if not isinstance(order, dict):
                raise RefusedError(f"an order is a JSON object; {HELP}")
            handler = getattr(self, f"_do_{order.get('do')}", None) if isinstance(order.get("do"), str) else None
            if handler is None:
                raise RefusedError(f"unknown order {order.get('do')!r}; {HELP}")
            return {"ok": True, **handler(order)}
        except (RefusedError, json.JSONDecodeError, UnicodeDecodeError) as exc:
            return {"ok": False, "error": str(exc)}

    # ------------------------------------------------------------------ orders

    def _do_list(self, order: dict[str, Any]) -> dict[str, Any]:
        now = self.simulator.clock()
        return {
            "devices": [d.unit.name for wire in self.simulator.wires.values() for d in wire.devices.values()],
            "buses": {name: wire.up for name, wire in self.simulator.wires.items()},
            "receivers": {name: feed.up for name, feed in self.simulator.feeds.items()},
            "faults": [_fault_row(f) for f in self.simulator.faults if f.end_s > now],
            "kinds": dict(FAULT_KINDS),
        }

    def _do_state(self, order: dict[str, Any]) -> dict[str, Any]:
        device = self._device(order)
        second = math.floor(self.simulator.clock())
        state = {key: None if math.isnan(value) else value for key, value in device.state(second).items()}
        return {"device": device.unit.name, "at": second, "state": state}

    def _do_fault(self, order: dict[str, Any]) -> dict[str, Any]:
        kind, name = order.get("kind"), order.get("device")
        if kind not in FAULT_KINDS:
            raise RefusedError(f"unknown kind {kind!r}; known are {', '.join(FAULT_KINDS)}")
        if not any(name in (d.unit.name, f"{d.unit.cage}.{d.unit.point}", d.bus) for d in self._devices()):
            raise RefusedError(f"unknown device {name!r}; ask with list")
        now, for_s = self.simulator.clock(), _number(order, "for_s")
        fault = Fault(
            device=str(name),
            kind=str(kind),
            start_s=now + (_number(order, "in_s") or 0.0),
            end_s=now + for_s if for_s else math.inf,
            amount=_number(order, "amount"),
            delay_s=_number(order, "delay_s"),
        )
        self._replace([*self.simulator.faults, fault])
        return {"fault": _fault_row(fault)}

    def _do_clear(self, order: dict[str, Any]) -> dict[str, Any]:
        name, now = order.get("device"), self.simulator.clock()
        cleared = [f for f in self.simulator.faults if name in (None, f.device) and f.end_s > now]
        # Past and ended faults stay: a restart that is over still counts for the uptime.
        self._replace([replace(f, end_s=now) if f in cleared else f for f in self.simulator.faults])
        return {"cleared": len(cleared)}

    def _do_receiver(self, order: dict[str, Any]) -> dict[str, Any]:
        feed = self.simulator.feeds.get(str(order.get("name")))
        if feed is None:
            raise RefusedError(f"unknown receiver {order.get('name')!r}; known are {', '.join(self.simulator.feeds)}")
        feed.up = bool(order.get("up", True))
        return {"name": feed.name, "up": feed.up}

    def _do_bus(self, order: dict[str, Any]) -> dict[str, Any]:
        name = str(order.get("name"))
        wire = self.simulator.wires.get(name)
        if wire is None:
            raise RefusedError(f"unknown bus {name!r}; known are {', '.join(self.simulator.wires)}")
        wire.up = bool(order.get("up", True))
        bus = self.simulator.buses[name]
        if not wire.up and hasattr(bus, "cut"):
            bus.cut()
        return {"name": name, "up": wire.up}

    # ------------------------------------------------------------------ help

    def _devices(self) -> Any:
        return (d for wire in self.simulator.wires.values() for d in wire.devices.values())

    def _device(self, order: dict[str, Any]) -> Any:
        for device in self._devices():
            if order.get("device") in (device.unit.name, f"{device.unit.cage}.{device.unit.point}"):
                return device
        raise RefusedError(f"unknown device {order.get('device')!r}; ask with list")

    def _replace(self, faults: list[Fault]) -> None:
        self.simulator.faults[:] = faults
        for device in self._devices():
            device.forget()


def _number(order: dict[str, Any], key: str) -> float | None:
    value = order.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RefusedError(f"{key} needs a number")
    return float(value)


def _fault_row(fault: Fault) -> dict[str, Any]:
    row = asdict(fault)
    return row | {"end_s": None if math.isinf(fault.end_s) else fault.end_s}
