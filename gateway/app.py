"""The gateway process: keeps its parts running, follows the clock, says how it is, and stops cleanly."""

import asyncio
import json
import logging
import os
import platform
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from core import topics
from core.errors import AppError
from core.reading import ClockState
from core.tasks import end_tasks
from core.topics import Stream
from gateway import commands, memory, notify
from gateway.buses import BusRunner
from gateway.clock import Clock, ClockEvent
from gateway.config import Loaded, NmeaTransport
from gateway.downlink import Downlink
from gateway.outbox import Outbox
from gateway.platforms import Platform
from gateway.receivers import Intake, read_file, run_input
from gateway.spool import Item, Row, Spool, SpoolFullError
from gateway.spooler import Spooler
from gateway.uplink import Uplink
from gateway.web import Web

_log = logging.getLogger(__name__)
HEALTH_EVERY_S = 60.0
UNITS_EVERY_S = 600.0
FIRST_HEALTH_S = 5.0
LAST_WORDS_S = 2.0
"""How long a clean stop waits for the shore to acknowledge what is on its way. [s]"""


def version() -> str:
    """Return the installed version."""
    try:
        return metadata.version("huangyu")
    except metadata.PackageNotFoundError:
        return "0"


@dataclass
class Gateway:
    """All parts of one running gateway; build with `gateway.assembly.open_gateway`."""

    loaded: Loaded
    spool: Spool
    clock: Clock
    spooler: Spooler
    outbox: Outbox
    uplink: Uplink
    buses: list[BusRunner] = field(default_factory=list)
    intakes: dict[str, Intake] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    platforms: list[Platform] = field(default_factory=list)
    downlink: Downlink | None = None
    on_config: Callable[[bytes], Awaitable[None]] | None = None
    config_version: int = 0
    reason: str = "start"
    web: Web | None = None
    held: bool = False
    _began_s: float = 0.0

    @property
    def id(self) -> str:
        """Return the gateway's id."""
        return self.loaded.config.gateway.id

    _owed_shift_ms: int | None = None
    """What held rows must be moved by and could not be yet, for want of room. [ms]"""

    def put(self, items: Sequence[Item]) -> None:
        """Hand items to the spool; one that was taken before the first sync and comes after it is corrected here."""
        if self.clock.state is not ClockState.UNSYNCED and any(i.clock is ClockState.UNSYNCED for i in items):
            shift_ms = round(self.clock.first_shift_s * 1000)
            items = [
                replace(i, t_ms=i.t_ms + shift_ms, clock=ClockState.SYNCED) if i.clock is ClockState.UNSYNCED else i
                for i in items
            ]
        self.spooler.put(items)

    # Records ------------------------------------------------------------------------------------------------

    def say(self, kind: str, record: Mapping[str, Any]) -> None:
        """Put one record on the health stream."""
        body = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
        self.put(
            [
                Item(
                    stream=Stream.HEALTH, name=kind, t_ms=round(self.clock.now_s() * 1000), clock=self.clock.state,
                    body=body,
                )
            ]
        )  # fmt: skip

    def status(self) -> dict[str, Any]:
        """Return the retained status message without its state."""
        return {
            "boot": self.spool.boot, "version": version(), "clock": int(self.clock.state),
            "spool_rows": sum(self.spool.counts.values()), "config_version": self.config_version,
            "commands": commands.offered(self.loaded.config), "at": round(self.clock.now_s(), 3),
        }  # fmt: skip

    def report(self) -> dict[str, Any]:
        """Return the `gateway` health record."""
        units = [health for bus in self.buses for health in bus.health.values()]
        free = os.statvfs(self.spool.path.parent)
        return {
            "version": version(), "python": platform.python_version(), "uptime_s": round(self.uptime_s(), 1),
            "clock": int(self.clock.state), "shore_offset_s": self.uplink.state.shore_offset_s,
            "spool_rows": sum(self.spool.counts.values()), "backlog": self.outbox.has_backlog(),
            "accepted": self.spooler.accepted, "evicted": self.spool.evicted_rows,
            "disk_full": self.spooler.disk_full, "free_bytes": free.f_bavail * free.f_frsize,
            "units_ok": sum(h.state == "ok" for h in units),
            "units_down": sum(h.state in ("open", "failing") for h in units),
            "connects": self.uplink.state.connects, "failures": dict(self.failures), "temperature_c": _temperature_c(),
        }  # fmt: skip

    def uptime_s(self) -> float:
        """Return how long this process has run. [s]"""
        return self.clock.since_boot_s() - self._began_s

    def well(self) -> tuple[bool, dict[str, Any]]:
        """Return whether the gateway does its work, with the details: accepting, and somebody to listen to."""
        units = [health for bus in self.buses for health in bus.health.values()]
        heard = not units or any(h.state == "ok" for h in units)
        accepting = not self.spooler.disk_full
        details = {
            "accepting": accepting, "connected": self.uplink.state.connected, "units_answer": heard,
            "why_down": "" if self.uplink.state.connected else self.uplink.state.why_down,
            "clock": int(self.clock.state), "disk": self.spooler.full_reason if self.spooler.disk_full else "ok",
        }  # fmt: skip
        return accepting and heard, details

    # Running ------------------------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; what was accepted stays, what waits in memory is committed first."""
        self._began_s = self.clock.since_boot_s()
        self.say("boot", {"boot": self.spool.boot, "version": version(), "reason": self.reason})
        spooling = asyncio.create_task(self.spooler.run())
        tasks = [asyncio.create_task(self._keep(name, work)) for name, work in self._works()]
        notify.notify("READY=1\nSTATUS=polling")
        try:
            await _until_set_or_over(stop, spooling)
        finally:
            notify.notify("STOPPING=1")
            linked = tasks.pop(0)
            if self.downlink is not None:
                await self.downlink.end()
            await end_tasks(tasks)
            for intake in self.intakes.values():
                intake.idle()
            self.spooler.stop()
            try:
                await spooling  # raises what broke the spool: a gateway that accepts nothing must not look alive
                await self._last_words()
                await end_tasks([linked])
                await self.spooler.flush()
            finally:
                await end_tasks([linked])
                await self.spooler.close()

    def _works(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        works: list[tuple[str, Callable[[], Awaitable[None]]]] = [("uplink", self.uplink.run)]
        works += [(f"bus {runner.bus.name}", runner.run) for runner in self.buses]
        for section in self.loaded.config.nmea:
            intake = self.intakes[section.name]
            if section.transport is NmeaTransport.FILE:
                works.append((f"nmea {section.name}", lambda s=section, i=intake: _play(s.path, i)))  # type: ignore[misc]
            else:
                works.append((f"nmea {section.name}", lambda s=section, i=intake: run_input(s, i)))  # type: ignore[misc]
        works += [(f"platform {index}", copy.run) for index, copy in enumerate(self.platforms)]
        works += [("look", self._look), ("report", self._report)]
        web, port = self.web, self.loaded.config.http.port
        if web is not None and port is not None:
            works.append(("http", lambda: web.run(port)))
        return works

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run one part for ever: a fault is logged with its traceback, counted, and tried again after a pause."""
        rng = random.Random()
        while True:
            try:
                await work()
                return
            except AppError as exc:
                _log.error("part refused", extra={"part": name, "reason": str(exc)})
            except Exception:  # noqa: BLE001 - the one place where a part's fault must not end the others
                _log.exception("part failed", extra={"part": name})
            self.failures[name] = self.failures.get(name, 0) + 1
            await asyncio.sleep(min(60.0, 2 ** min(self.failures[name], 6)) * rng.uniform(0.5, 1.0))

    async def _look(self) -> None:
        """Once a second: the clock, open fragments, the watchdog."""
        limit_s = notify.watchdog_s()
        told_s = 0.0
        while True:
            event = self.clock.look()
            if event is not None:
                await self._clock_changed(event)
            await self._correct_held()
            await self._release_after_hold()
            for intake in self.intakes.values():
                intake.idle()
            now_s = self.clock.since_boot_s()
            if limit_s is not None and now_s - told_s >= min(limit_s, 10.0):
                notify.notify("WATCHDOG=1")
                told_s = now_s
            await asyncio.sleep(1.0)

    async def _clock_changed(self, event: ClockEvent) -> None:
        if event.first_sync:
            self._owed_shift_ms = round(event.shift_s * 1000)
        else:
            _log.warning("clock stepped", extra={"step_s": event.shift_s})
        record = {"state": int(self.clock.state), "step_s": round(event.shift_s, 3), "first_sync": event.first_sync}
        self.say("clock", record)

    async def _correct_held(self) -> None:
        """Correct and offer what was taken before the first sync; on a full disk it stays held, and is tried again."""
        if self._owed_shift_ms is None or not await self.spooler.flush():
            return
        try:
            moved = await self.spooler.call(self.spool.correct_clock, self._owed_shift_ms)
        except SpoolFullError:
            return
        _log.warning("clock set: held readings corrected", extra={"rows": moved, "shift_ms": self._owed_shift_ms})
        self._owed_shift_ms = None
        await self._release()

    async def _release_after_hold(self) -> None:
        waited = self.uptime_s() > self.loaded.config.clock.hold_unsynced_s
        if self.held and waited and self.clock.state is ClockState.UNSYNCED:
            _log.warning("clock still unknown: held readings are sent with clk 0")
            await self._release()

    async def _release(self) -> None:
        self.held = False
        bounds = await self.spooler.call(lambda: spool_bounds(self.spool))
        self.outbox.release(bounds)
        self.uplink.wake()

    async def _report(self) -> None:
        """Every minute the gateway and its receivers, every ten minutes each unit."""
        await asyncio.sleep(FIRST_HEALTH_S)
        units_due_s = 0.0
        while True:
            self.say("gateway", await self._full_report())
            for intake in self.intakes.values():
                self.say("receiver", intake.health.report(self.clock.now_s()) | {"thinned": intake.thinned})
            if self.uptime_s() >= units_due_s:
                units_due_s = self.uptime_s() + UNITS_EVERY_S
                memory.give_back()
                for bus in self.buses:
                    for health in bus.health.values():
                        self.say("unit", health.report())
            self.publish_status()
            await asyncio.sleep(HEALTH_EVERY_S)

    async def _full_report(self) -> dict[str, Any]:
        used, oldest_ms = await self.spooler.call(lambda: (self.spool.used_bytes, self.spool.oldest_ms()))
        age_s = None if oldest_ms is None else round(max(0.0, self.clock.now_s() - oldest_ms / 1000), 1)
        more = {"spool_bytes": used, "spool_quota_bytes": self.spool.quota_bytes, "oldest_age_s": age_s}
        return self.report() | more

    def copy_live(self, stream: Stream, rows: list[Row]) -> None:
        """Offer live readings to the platforms of the config."""
        if stream is Stream.READING:
            for copy in self.platforms:
                copy.put(rows)

    def publish_status(self) -> None:
        """Publish the retained status again."""
        if self.uplink.state.connected:
            payload = json.dumps({**self.status(), "state": "online"}, separators=(",", ":")).encode()
            self.uplink.reply(topics.status(self.id), payload, retain=True)

    async def _last_words(self) -> None:
        """Give what is on its way a moment to be acknowledged, and say that we go."""
        if not self.uplink.state.connected:
            return
        payload = json.dumps({**self.status(), "state": "offline"}, separators=(",", ":")).encode()
        self.uplink.reply(topics.status(self.id), payload, retain=True)
        deadline_s = self.clock.since_boot_s() + LAST_WORDS_S
        while (self.outbox.in_flight or self.uplink.unsaid) and self.clock.since_boot_s() < deadline_s:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    async def heard_config(self, topic: str, payload: bytes) -> None:
        """Hand a remote configuration on to whoever manages it."""
        if self.on_config is not None and payload:
            await self.on_config(payload)


def spool_bounds(spool: Spool) -> list[tuple[Stream, int, int]]:
    """Return (stream, lowest, highest sequence number) of every stream that holds rows."""
    found = [(stream, spool.bounds(stream)) for stream in Stream]
    return [(stream, ends[0], ends[1]) for stream, ends in found if ends is not None]


async def _until_set_or_over(stop: asyncio.Event, work: asyncio.Task[None]) -> None:
    """Return when `stop` is set or `work` has ended, whichever comes first."""
    asked = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({asked, work}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end_tasks([asked])


async def _play(path: str, intake: Intake) -> None:
    intake.health.connected = True
    async for line in read_file(Path(path), speed=1.0):
        intake.feed(line)
    intake.finish()
    intake.health.connected, intake.health.reason = False, "the recording has ended"


def _temperature_c() -> float | None:
    try:
        return int(Path("/sys/class/thermal/thermal_zone0/temp").read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):
        return None
