"""Polling one instrument: reads by plan, decodes, flags; what comes back is a `Poll` with a word for every register."""

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.profiles import BIT_FUNCTIONS, Profile, Register
from core.qc import QcFlag, worst
from core.reading import ClockState, Reading, SeriesKey
from gateway.config import UnitSection
from gateway.decode import Decoded, decode, tidy
from gateway.link import Fence, Line
from gateway.modbus import Outcome, Reply, Request
from gateway.plan import Block, plan, wanted
from gateway.qartod import SeriesTests

_ADDRESS_REFUSED = frozenset({2, 3})
"""Exceptions of an instrument that does not let registers between its values be read through."""
_NOT_TRIED = Reply(outcome=Outcome.DOWN, reason="not tried: the unit did not answer before")


@dataclass(frozen=True, kw_only=True)
class Poll:
    """One round through an instrument's registers.

    `ok` says that every block was answered, be it with an exception for a register the model lacks; `reason` is the
    first trouble in words; `failed` has the outcome of each key that was not read; `clock` is how far `observed_at`
    could be trusted at that moment.
    """

    unit: UnitSection
    observed_at: datetime
    decoded: Mapping[str, Decoded]
    failed: Mapping[str, Reply]
    ok: bool
    reason: str = ""
    latency_s: float = 0.0
    clock: ClockState = ClockState.SYNCED


@dataclass
class Instrument:
    """A unit with its plan and the memory of its streaming tests."""

    unit: UnitSection
    profile: Profile
    timeout_s: float
    blocks: tuple[Block, ...] = ()
    tests: dict[str, SeriesTests] = field(default_factory=dict)
    uptime: float | None = None
    warm_until_s: float = 0.0
    last: dict[str, Reading] = field(default_factory=dict)

    @classmethod
    def build(
        cls, unit: UnitSection, profile: Profile, timeout_s: float | None = None, *, everything: bool = False
    ) -> "Instrument":
        """Return an instrument ready to be polled; `everything` also reads registers that nothing is made of."""
        interval_s = max(unit.period_s, profile.cadence_s)
        return cls(
            unit=unit,
            profile=profile,
            timeout_s=timeout_s or profile.timeout_s,
            blocks=plan(profile, wanted(profile, everything=everything)),
            tests={r.key: SeriesTests(r.edge, interval_s) for r in profile.registers if r.quantity is not None},
        )

    def split(self, block: Block) -> tuple[Block, ...]:
        """Take a refused block apart at its holes, now and for every later round; empty when it has none."""
        parts = plan(replace(self.profile, max_hole=0), block.registers)
        if len(parts) < 2:
            return ()
        index = self.blocks.index(block)
        self.blocks = (*self.blocks[:index], *parts, *self.blocks[index + 1 :])
        return parts

    def fence(self) -> Fence:
        """Return reads of different lengths at the start of the plan's first block."""
        block = self.blocks[0]
        if block.function in BIT_FUNCTIONS:
            return Fence(block.function, block.start, tuple(range(9, 9 + 8 * 4, 8)))
        step = 2 if self.profile.even_start else 1
        first = [b.count for b in self.blocks if (b.function, b.start) == (block.function, block.start)]
        counts = [*range(step, block.count, step), *first, *range(block.count + step, block.count + 4 * step, step)]
        most = min(self.profile.max_registers, 65536 - block.start)
        return Fence(block.function, block.start, tuple(c for c in counts if c <= most))


Instant = Callable[[], tuple[datetime, ClockState]]
"""Gives the time now and how far it can be trusted, in one breath."""


async def poll(instrument: Instrument, line: Line, clock: Instant, timer: Callable[[], float]) -> Poll:
    """Return one round of reads; after a unit's silence its further blocks are not tried."""
    unit, words, failed = instrument.unit, dict[str, tuple[int, ...]](), dict[str, Reply]()
    started_s, silent, reason, latency_s, seen = timer(), False, "", 0.0, clock()
    waiting = deque(instrument.blocks)
    while waiting:
        block, reply = waiting.popleft(), _NOT_TRIED
        if not silent:
            request = Request(unit=unit.unit, function=block.function, address=block.start, count=block.count)
            reply = await line.read(request, instrument.timeout_s, instrument.fence())
            latency_s, seen = latency_s or timer() - started_s, clock()
        if reply.exception in _ADDRESS_REFUSED and (parts := instrument.split(block)):
            waiting.extendleft(reversed(parts))
            continue
        silent = silent or reply.outcome not in (Outcome.OK, Outcome.EXCEPTION)
        reason = reason or reply.reason
        for register in block.registers:
            if reply.outcome is Outcome.OK:
                words[register.key] = _cut(block, register, reply.words)
            else:
                failed[register.key] = reply
    alive = bool(words) and not silent
    return Poll(
        unit=unit, observed_at=seen[0], decoded=decode(instrument.profile, words), failed=failed, ok=alive,
        reason=reason, latency_s=latency_s, clock=seen[1],
    )  # fmt: skip


async def start_measurement(instrument: Instrument, line: Line) -> Reply | None:
    """Write what starts a measurement; returns the reply when it was not taken: old values must not be read."""
    start = instrument.profile.start
    if start is None:
        return None
    request = Request(unit=instrument.unit.unit, function=start.function, address=start.address, value=start.value)
    reply = await line.read(request, instrument.timeout_s, instrument.fence())
    return None if reply.outcome is Outcome.OK else reply


def unread(instrument: Instrument, reply: Reply, seen: tuple[datetime, ClockState]) -> Poll:
    """Return a poll in which nothing could be read, for the reason that `reply` gives."""
    failed = {register.key: reply for block in instrument.blocks for register in block.registers}
    return Poll(
        unit=instrument.unit, observed_at=seen[0], decoded={}, failed=failed, ok=False, reason=reply.reason,
        clock=seen[1],
    )  # fmt: skip


def _cut(block: Block, register: Register, words: tuple[int, ...]) -> tuple[int, ...]:
    start = register.address - block.start
    return words[start : start + register.width]


def readings(instrument: Instrument, polled: Poll, now_s: float) -> list[Reading]:
    """Return the readings of a poll, flagged; registers that could not be read are MISSING readings.

    The streaming tests remember what came before; a spike found now sends the value before once more with its
    graver flag.
    """
    _note_restart(instrument, polled, now_s)
    out: list[Reading] = []
    for register in instrument.profile.registers:
        if register.quantity is None or (register.key not in polled.decoded and register.key not in polled.failed):
            continue
        out.extend(_reading(instrument, register, polled, now_s))
    return out


def _reading(instrument: Instrument, register: Register, polled: Poll, now_s: float) -> list[Reading]:
    unit = instrument.unit
    decoded = polled.decoded.get(register.key)
    value = None if decoded is None else _corrected(unit, register, decoded.value)
    flags = [QcFlag.MISSING if decoded is None else decoded.qc]
    judged = value if flags[0] in (QcFlag.GOOD, QcFlag.SUSPECT, QcFlag.UNKNOWN) else None
    verdict = instrument.tests[register.key].step(judged, polled.observed_at.timestamp())
    if judged is not None:
        flags.append(verdict.now)
    if now_s < instrument.warm_until_s and flags[0] is not QcFlag.MISSING:
        flags.append(QcFlag.SUSPECT)
    key = SeriesKey(cage=unit.cage, point=unit.point, quantity=register.quantity or "")
    flag = worst(flags)
    new = Reading(series=key, observed_at=polled.observed_at, value=None if flag is QcFlag.MISSING else value, qc=flag)
    before = instrument.last.get(register.key)
    instrument.last[register.key] = new
    if verdict.before is None or before is None or worst([verdict.before, before.qc]) is before.qc:
        return [new]
    return [replace(before, qc=verdict.before), new]


def _corrected(unit: UnitSection, register: Register, value: float | None) -> float | None:
    quantity = register.quantity or ""
    if value is None or (quantity not in unit.scale and quantity not in unit.offset):
        return value
    changed = tidy(value * unit.scale.get(quantity, 1.0) + unit.offset.get(quantity, 0.0))
    return changed % 360.0 if quantity.endswith("_dir_deg") else changed


def _note_restart(instrument: Instrument, polled: Poll, now_s: float) -> None:
    key = instrument.profile.uptime
    decoded = polled.decoded.get(key) if key else None
    if decoded is None or not isinstance(decoded.raw, float) or not math.isfinite(decoded.raw):
        return
    if instrument.uptime is not None and decoded.raw < instrument.uptime:
        instrument.warm_until_s = now_s + instrument.profile.warm_up_s
    instrument.uptime = decoded.raw
