"""Puts the parts of a gateway together from one checked config."""

import asyncio
from pathlib import Path

from core import topics
from core.errors import ConfigError
from core.reading import ClockState
from gateway.app import Gateway, spool_bounds
from gateway.buses import BusRunner, UnitHealth, bus_problems
from gateway.clock import Clock, boot_id
from gateway.config import ClockSource, Loaded
from gateway.downlink import Downlink
from gateway.metrics import metrics
from gateway.outbox import Outbox
from gateway.platforms import Platform
from gateway.receivers import Intake
from gateway.spool import Spool
from gateway.spooler import Spooler
from gateway.uplink import Uplink
from gateway.web import Web


def open_gateway(loaded: Loaded, spool_path: Path | None = None, *, reason: str = "start") -> Gateway:
    """Return the parts of a gateway, ready to run.

    Raises
    ------
    ConfigError
        When polling cannot work as configured.
    StartError
        When the spool cannot be opened.
    """
    problems = bus_problems(loaded)
    if problems:
        raise ConfigError(*problems)
    config = loaded.config
    name = boot_id()
    path = spool_path or config.spool.path
    clock = Clock(config.clock)
    spool = Spool(
        path, boot=name, now_s=clock.now_s(), quota_bytes=int(config.spool.quota_mb * 1e6),
        ballast_bytes=int(config.spool.ballast_mb * 1e6),
    )  # fmt: skip
    _settle_timeline(spool, clock)
    outbox = Outbox(
        window=config.send.window, live_window=config.send.live_window, ack_timeout_s=config.send.ack_timeout_s
    )
    outbox.start(spool_bounds(spool), spool.last_seq())
    return _assemble(loaded, spool, clock, outbox, reason)


def _settle_timeline(spool: Spool, clock: Clock) -> None:
    """Keep one timeline for all processes of an unsynced boot; correct what an earlier process of it left."""
    kept_s = spool.kept_base_s()
    if clock.state is ClockState.UNSYNCED:
        if kept_s is None:
            spool.keep_base_s(clock.line.base_s)
        else:
            clock.line = type(clock.line)(base_s=kept_s, state=ClockState.UNSYNCED)
    elif kept_s is not None:
        spool.correct_clock(round((clock.line.base_s - kept_s) * 1000))


def _assemble(loaded: Loaded, spool: Spool, clock: Clock, outbox: Outbox, reason: str) -> Gateway:
    config = loaded.config

    def on_commit(newest: int) -> None:
        outbox.accepted(newest, asyncio.get_running_loop().time())
        gateway.uplink.wake()

    spooler = Spooler(
        spool, interval_s=config.spool.commit_interval_s, rows=config.spool.commit_rows, on_commit=on_commit
    )
    uplink = Uplink(
        gateway=config.gateway.id, broker=config.broker, send=config.send, spooler=spooler, outbox=outbox,
        status=dict, held=lambda: gateway.held, now_s=clock.now_s,
    )  # fmt: skip
    gateway = Gateway(
        loaded=loaded, spool=spool, clock=clock, spooler=spooler, outbox=outbox, uplink=uplink, reason=reason
    )
    uplink.status = gateway.status
    gateway.platforms = [Platform(section) for section in config.platform]
    uplink.on_sent = gateway.copy_live if gateway.platforms else None
    gateway.held = clock.state is ClockState.UNSYNCED

    def on_change(health: UnitHealth) -> None:
        gateway.say("unit", health.report())

    gateway.buses = [
        BusRunner(loaded=loaded, bus=bus, clock=clock, put=gateway.put, on_change=on_change) for bus in config.bus
    ]
    downlink = gateway.downlink = Downlink(
        config, spool, spooler, clock, gateway.buses, say=gateway.say, reply=uplink.reply
    )
    uplink.handlers = {
        topics.command(config.gateway.id, ""): downlink.heard,
        topics.config(config.gateway.id): gateway.heard_config,
    }
    on_gps = clock.heard_gps if config.clock.source is ClockSource.GPS else None
    gateway.intakes = {
        section.name: Intake(
            section, config.ais, put=gateway.put, now_s=clock.now_s, clock_state=lambda: clock.state, on_gps=on_gps
        )
        for section in config.nmea
    }
    if config.http.port is not None:
        gateway.web = Web(lambda: metrics(gateway), gateway.well)
    return gateway
