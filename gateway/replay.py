"""Recordings through the gateway's own path: checked, thinned, spooled, published, and done when shore has it all."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from core.errors import SendError
from core.tasks import end_tasks
from gateway.app import Gateway
from gateway.assembly import open_gateway
from gateway.config import AisSection, GatewayConfig, Loaded, NmeaSection, NmeaTransport
from gateway.receivers import Intake
from gateway.recordings import Record, read_recording

CHUNK = 500
MOST_WAITING = 5000


class Stamp(StrEnum):
    """Which times the replayed records get: their own, their own moved so that the last is now, or now."""

    ORIGINAL = "original"
    SHIFT = "shift"
    NOW = "now"


@dataclass(kw_only=True)
class Progress:
    """How far a replay is."""

    read: int = 0
    accepted: int = 0
    waiting: int = 0


def _alone(loaded: Loaded) -> Loaded:
    """Return the config without its own instruments, inputs and pages: a replay is only that."""
    config = GatewayConfig(
        gateway=loaded.config.gateway, broker=loaded.config.broker, spool=loaded.config.spool, send=loaded.config.send,
        ais=loaded.config.ais,
    )  # fmt: skip
    return replace(loaded, config=config)


def last_time_s(paths: Iterable[Path]) -> float | None:
    """Return the newest time of the recordings, None when they have none. [s]"""
    times = [record.time_s for path in paths for record in read_recording(path) if record.time_s is not None]
    return max(times, default=None)


async def replay(
    loaded: Loaded,
    paths: list[Path],
    *,
    spool: Path,
    receiver: str,
    speed: float | None,
    stamp: Stamp,
    limit_s: float,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Send recordings and return when the shore has acknowledged every record.

    Parameters
    ----------
    speed
        Multiple of the recording's own pace; None is as fast as possible.
    limit_s
        Longest wait for the shore after the last record. [s]

    Raises
    ------
    SendError
        When the shore has not acknowledged all by then; the spool keeps the rest.
    """
    gateway = open_gateway(_alone(loaded), spool, reason="replay")
    gateway.uplink.quiet = True
    newest_s = await asyncio.to_thread(last_time_s, paths) if stamp is Stamp.SHIFT else None
    shift_s = gateway.clock.now_s() - newest_s if newest_s is not None else 0.0
    progress = Progress()
    works = [asyncio.create_task(gateway.spooler.run()), asyncio.create_task(gateway.uplink.run())]
    try:
        await _feed(gateway, paths, receiver, speed, stamp, shift_s, progress, on_progress)
        await _drain(gateway, limit_s, progress, on_progress)
    finally:
        gateway.spooler.stop()
        await works[0]
        await end_tasks(works[1:])
        await gateway.spooler.flush()
        await gateway.spooler.close()
    return progress


async def _feed(
    gateway: Gateway, paths: list[Path], receiver: str, speed: float | None, stamp: Stamp, shift_s: float,
    progress: Progress, on_progress: Callable[[Progress], None],
) -> None:  # fmt: skip
    transport = NmeaTransport.TCP if stamp is Stamp.NOW else NmeaTransport.FILE
    section = NmeaSection(name=receiver, transport=transport, path="replay", port=0)
    everything = AisSection(class_a_s=0, class_a_still_s=0, class_b_s=0, aton_s=0, base_s=0, radar_s=0)
    intake = Intake(
        section, everything, put=gateway.put, now_s=gateway.clock.now_s,
        clock_state=lambda: gateway.clock.state, shift_s=shift_s,
    )  # fmt: skip
    loop = asyncio.get_running_loop()
    began_s, first_s = loop.time(), None
    for path in paths:
        for record in read_recording(path):
            if speed is not None and record.time_s is not None:
                first_s = record.time_s if first_s is None else first_s
                await asyncio.sleep(max(0.0, began_s + (record.time_s - first_s) / speed - loop.time()))
            _take(gateway, intake, record, stamp, shift_s)
            progress.read += 1
            if progress.read % CHUNK == 0:
                on_progress(progress)
                await asyncio.sleep(0)
                while gateway.spooler.waiting > MOST_WAITING:  # noqa: ASYNC110 - the disk sets the pace
                    await asyncio.sleep(0.01)
    intake.finish()


def _take(gateway: Gateway, intake: Intake, record: Record, stamp: Stamp, shift_s: float) -> None:
    if record.item is None:
        intake.feed(record.line)
        return
    t_ms = round(gateway.clock.now_s() * 1000) if stamp is Stamp.NOW else record.item.t_ms + round(shift_s * 1000)
    gateway.put([replace(record.item, t_ms=t_ms)])


async def _drain(gateway: Gateway, limit_s: float, progress: Progress, on_progress: Callable[[Progress], None]) -> None:
    deadline_s = asyncio.get_running_loop().time() + limit_s
    while True:
        await gateway.spooler.flush()
        progress.accepted = gateway.spooler.accepted
        progress.waiting = sum(gateway.spool.counts.values())
        on_progress(progress)
        if not progress.waiting and not gateway.spooler.waiting:
            return
        if asyncio.get_running_loop().time() > deadline_s:
            why = gateway.uplink.state.why_down if not gateway.uplink.state.connected else "no acknowledgement came"
            raise SendError(
                f"{progress.waiting} records are accepted but not acknowledged by the shore ({why}): "
                f"start the broker and ingest, then run the same command again; nothing is lost."
            )
        await asyncio.sleep(0.1)
