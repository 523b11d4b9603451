"""One simulated instrument: the sea through its probe, its own condition, its registers; no sockets here."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from firmware_sim import modbus, tide
from firmware_sim.farm import Unit
from firmware_sim.faults import BOOT_S, Fault, bend
from firmware_sim.instruments import COILS, HOLDING, INSTRUMENTS, Words
from firmware_sim.measure import measured, truth
from firmware_sim.noise import key, normal
from firmware_sim.sea import Sea

START_REGISTER, START_VALUE, MEASURE_S = 0x0001, 0x001F, 0.4
"""DIGISENS: writing 0x1F to register 1 starts a measurement, which takes about 0.4 s here."""
RELAYS = ("aerator_on", "feeder_on", "lamp_on")
BOOTED_AGO_S = 9 * 86_400.0
"""Instruments were switched on this long before the anchor. [s]"""


@dataclass(kw_only=True)
class Reply:
    """What goes back: `pdu` None = silence; `delay_s` before it; `unit` may be another's; `garbled` breaks it."""

    pdu: bytes | None
    unit: int
    delay_s: float = 0.0
    garbled: bool = False


@dataclass(kw_only=True)
class Device:
    """A unit on a bus with its faults; `neighbour` answers for it while it is impersonated."""

    unit: Unit
    bus: str
    sea: Sea
    faults: list[Fault] = field(default_factory=list)
    relays: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(len(RELAYS)), 0))
    neighbour: "Device | None" = None
    _started_at: float = -math.inf
    _cache_second: float = math.nan
    _cache: dict[int, Words] = field(default_factory=dict)

    def on(self, kind: str, at_s: float) -> Fault | None:
        """Return the fault of a kind that is on now, if any."""
        return next((f for f in self._mine() if f.kind == kind and f.covers(at_s)), None)

    def _mine(self) -> Iterable[Fault]:
        return (f for f in self.faults if f.hits(self.unit, self.bus))

    def handle(self, pdu: bytes, at_s: float) -> Reply:
        """Return the answer to a request PDU at a unix time, faults of the wire included."""
        number = self.unit.number
        if self.on("half_open", at_s) or self._booting(at_s):
            return Reply(pdu=None, unit=number)
        delay = self._delay(at_s)
        refused = self.on("exception", at_s)
        if refused:
            code = int(refused.amount or 4)
            return Reply(pdu=modbus.exception(pdu[0] & 0x7F if pdu else 0, code), unit=number, delay_s=delay)
        if self.on("wrong_unit", at_s) and self.neighbour is not None:
            other = self.neighbour.answer(pdu, at_s)
            return Reply(pdu=other, unit=self.neighbour.unit.number, delay_s=delay)
        reply = self.answer(pdu, at_s)
        if self.on("miscount", at_s):
            reply = modbus.short_reply(reply)
        return Reply(pdu=reply, unit=number, delay_s=delay, garbled=self.on("bad_crc", at_s) is not None)

    def _booting(self, at_s: float) -> bool:
        fault = self.on("restart", at_s)
        return fault is not None and at_s - fault.start_s < BOOT_S

    def _delay(self, at_s: float) -> float:
        delay = 0.0
        for kind, usual in (("slow", 0.5), ("late", 1.6)):
            fault = self.on(kind, at_s)
            if fault:
                delay = max(delay, usual if fault.delay_s is None else fault.delay_s)
        return delay

    def answer(self, pdu: bytes, at_s: float) -> bytes:
        """Return the reply PDU of an instrument in good order on the wire."""
        request = modbus.parse(pdu)
        if isinstance(request, bytes):
            return request
        if request.values:
            return modbus.answer_write(request, lambda table, address, value: self._write(table, address, value, at_s))
        return modbus.answer_read(request, self.image(at_s), even_only=INSTRUMENTS[self.unit.profile].even_only)

    def _write(self, table: int, address: int, value: int, at_s: float) -> bool:
        if self.unit.profile == "generic-relay" and table == COILS and address in self.relays:
            self._switch(address, value, at_s)
            return True
        if self.unit.profile == "aqualabo-digisens" and table == HOLDING and address == START_REGISTER:
            self._started_at, self._cache_second = at_s, math.nan
            return value == START_VALUE
        return False

    def _switch(self, relay: int, value: int, at_s: float) -> None:
        before, self.relays[relay] = self.relays[relay], value
        self._cache_second = math.nan
        if relay != 0 or before == value:
            return
        runs = self.sea.aerators.setdefault(self.unit.cage, [])
        if value:
            runs.append((at_s, math.inf))
        else:
            runs[-1] = (runs[-1][0], at_s)

    def image(self, at_s: float) -> dict[int, Words]:
        """Return the register words by table; made once a second, as instruments do."""
        second = math.floor(at_s)
        if self.unit.profile == "aqualabo-digisens":
            return self._encode(self._started_at if at_s - self._started_at >= MEASURE_S else -math.inf)
        if second != self._cache_second:
            self._cache, self._cache_second = self._encode(second), second
        return self._cache

    def _encode(self, second: float) -> dict[int, Words]:
        tables = INSTRUMENTS[self.unit.profile].encode(self.state(second))
        if self.on("word_swap", second):
            pairs = INSTRUMENTS[self.unit.profile].pairs
            return {table: _swap(words, pairs) for table, words in tables.items()}
        return tables

    def state(self, second: float) -> dict[str, float]:
        """Return what the instrument shows in that second, and its own condition under keys with an underscore."""
        if second == -math.inf:
            return {}
        shown = self.shown(second)
        state = {name: float(value[0]) for name, value in shown.items()}
        state["_uptime_s"] = second - self._booted_at(second)
        state["_quality"] = 7.0 if self.on("short", second) else 0.0
        state["_unit"] = float(self.unit.number)
        state["_auto_salinity"] = 0.0 if self.on("salinity_unset", second) else 1.0
        state["_salinity_set_psu"] = 0.0 if self.on("salinity_unset", second) else 30.0
        state["_serial"] = 700_000.0 + self.unit.number
        if self.unit.profile in ("vaisala-wm80", "ott-svr-100"):
            state["_turbulence"] = 1.0 + 0.08 * float(normal(key(self.sea.seed, self.unit.name), second)[0])
        if self.unit.profile == "vaisala-wm80":
            state["air_temp_c"] = float(truth(self.sea, self.unit, second)["air_temp_c"][0])
        if self.unit.profile == "ott-svr-100":
            state["_ebb"] = 1.0 if float(tide.stream_mps(second)[0]) < 0 else 0.0
        if self.unit.profile == "generic-relay":
            state |= {name: float(self.relays[i]) for i, name in enumerate(RELAYS)}
        return state

    def forget(self) -> None:
        """Make the next request look at the sea again: a fault was put on or taken off."""
        self._cache_second = math.nan

    def shown(self, second: float) -> dict[str, np.ndarray]:
        """Return the values shown, by quantity, arrays of one."""
        return bend(self._mine(), self.sea, self.unit, second, measured(self.sea, self.unit, second))

    def _booted_at(self, second: float) -> float:
        resets = [
            f.start_s + (BOOT_S if f.kind == "restart" else 0.0)
            for f in self._mine()
            if f.kind in ("restart", "clock_reset", "warm_up") and f.start_s <= second
        ]
        return max(resets, default=self.sea.anchor_s - BOOTED_AGO_S)


def _swap(words: Words, pairs: tuple[int, ...]) -> Words:
    """Return the words with those of each 32-bit value exchanged: low word first."""
    swapped = dict(words)
    for address in pairs:
        if address in words and address + 1 in words:
            swapped[address], swapped[address + 1] = words[address + 1], words[address]
    return swapped
