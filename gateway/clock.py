"""What time it is and how far that can be trusted; the state machine is pure, `Clock` feeds it.

A Pi without a battery clock boots in the past. Until the first sync all times of a boot stand on one timeline,
``base + time since boot``; when the sync comes, one difference corrects them all.
"""

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from core.reading import ClockState
from gateway.config import ClockSection, ClockSource

OLDEST_PLAUSIBLE_S = 1_767_225_600.0
"""2026-01-01 UTC: this software did not exist before, so an earlier clock is not set."""
LATEST_PLAUSIBLE_S = 4_102_444_800.0
"""2100-01-01 UTC: a later time is a fault of whoever tells it."""
SETTLE_S = 10.0
"""Readings this long after a step carry the state STEPPED."""
_STA_UNSYNC = 0x40


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The clock as believed: instant = `base_s` + time since boot. [s]"""

    base_s: float
    state: ClockState
    settled_at_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ClockEvent:
    """A change worth a record: `shift_s` is what the timeline moved by; `first_sync` corrects what was held."""

    shift_s: float
    first_sync: bool


def advance(
    line: Timeline, *, base_s: float, synced: bool, since_boot_s: float, step_s: float
) -> tuple[Timeline, ClockEvent | None]:
    """Return the timeline after one look at the clock, and what happened.

    Parameters
    ----------
    base_s
        Wall time minus time since boot, as the source gives it now. [s]
    synced
        Whether the source vouches for it.
    step_s
        A jump of a synced clock beyond this is a step, below it is followed silently. [s]
    """
    shift_s = base_s - line.base_s
    if line.state is ClockState.UNSYNCED:
        if not synced:
            return line, None
        event = ClockEvent(shift_s=shift_s, first_sync=True)
        return Timeline(base_s=base_s, state=ClockState.SYNCED), event
    if not synced:
        return line, None
    if abs(shift_s) > step_s:
        stepped = Timeline(base_s=base_s, state=ClockState.STEPPED, settled_at_s=since_boot_s + SETTLE_S)
        return stepped, ClockEvent(shift_s=shift_s, first_sync=False)
    state = line.state
    if state is ClockState.STEPPED and since_boot_s >= line.settled_at_s:
        state = ClockState.SYNCED
    return replace(line, base_s=base_s, state=state), None


class Clock:
    """The gateway's one clock; `look` once a second, ask `now` at any time."""

    def __init__(
        self,
        section: ClockSection,
        *,
        wall: Callable[[], float] = time.time,
        since_boot: Callable[[], float] | None = None,
        kernel_synced: Callable[[], bool] | None = None,
        base_s: float | None = None,
    ) -> None:
        self._section, self._wall = section, wall
        self._since_boot = since_boot or _since_boot
        self._kernel_synced = kernel_synced or kernel_says_synced
        self._gps_base_s: float | None = None
        self.first_shift_s = 0.0
        now_base_s = self._wall() - self._since_boot()
        synced = self._vouched(now_base_s)
        start_s = now_base_s if synced or base_s is None else base_s
        self.line = Timeline(base_s=start_s, state=ClockState.SYNCED if synced else ClockState.UNSYNCED)

    @property
    def state(self) -> ClockState:
        """Return how far the time can be trusted."""
        return self.line.state

    def since_boot_s(self) -> float:
        """Return the time since the machine started, sleep included. [s]"""
        return self._since_boot()

    def now_s(self) -> float:
        """Return Unix time on the present timeline. [s]"""
        return self.line.base_s + self._since_boot()

    def now(self) -> datetime:
        """Return the instant now, UTC."""
        return datetime.fromtimestamp(self.now_s(), UTC)

    def instant(self) -> tuple[datetime, ClockState]:
        """Return the instant now and how far it can be trusted."""
        return self.now(), self.line.state

    def look(self) -> ClockEvent | None:
        """Compare with the source and return what happened, if anything."""
        base_s = self._wall() - self._since_boot()
        synced = self._vouched(base_s)
        if self._section.source is ClockSource.GPS and self._gps_base_s is not None:
            base_s, synced = self._gps_base_s, True
        self.line, event = advance(
            self.line, base_s=base_s, synced=synced, since_boot_s=self._since_boot(), step_s=self._section.step_s
        )
        if event is not None and event.first_sync:
            self.first_shift_s = event.shift_s
        return event

    def heard_gps(self, unix_s: float) -> None:
        """Take the time of a valid GPS sentence; used when the clock's source is the GPS.

        A receiver whose week number has rolled over tells a date some 19.6 years back (1,024 weeks): not taken.
        """
        if not OLDEST_PLAUSIBLE_S <= unix_s < LATEST_PLAUSIBLE_S:
            return
        self._gps_base_s = unix_s - self._since_boot()

    def _vouched(self, base_s: float) -> bool:
        if base_s + self._since_boot() < OLDEST_PLAUSIBLE_S:
            return False
        if self._section.source is ClockSource.SYSTEM:
            return True
        return self._section.source is ClockSource.KERNEL and self._kernel_synced()


def _since_boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class _Timex(ctypes.Structure):
    """Head of ``struct timex`` (adjtimex(2)), padded to its full size."""

    _fields_ = (
        ("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long), ("status", ctypes.c_int), ("rest", ctypes.c_char * 256),
    )  # fmt: skip


def kernel_says_synced() -> bool:
    """Return whether NTP disciplines the kernel's clock (adjtimex(2), STA_UNSYNC clear)."""
    block = _Timex()
    try:
        if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(block)) < 0:
            return False
    except (OSError, AttributeError):
        return False
    return not block.status & _STA_UNSYNC


def boot_id() -> str:
    """Return the kernel's name of this power-up, short."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip().replace("-", "")[:16]
    except OSError:
        return f"b{int(time.time() - _since_boot()):x}"
