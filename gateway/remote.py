"""Remote configuration with a safety net: checked, tried, and rolled back when the gateway does not come back healthy.

A message on the config topic is ``{"version": n, "sha256": hex, "toml": text}``. It may change what is polled and heard
(buses, units, inputs, thinning, sending), never who the gateway is, where its broker and spool are, or which commands
are allowed. The file on disk stays the fallback; a config on trial that the process does not survive is gone too.
"""

import asyncio
import hashlib
import json
import logging
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.downlink import LOCAL_ONLY, MAX_CONFIG_BYTES, config_message
from core.errors import AppError, ConfigError
from gateway.app import Gateway
from gateway.assembly import open_gateway
from gateway.buses import bus_problems
from gateway.config import Loaded, build, load

_log = logging.getLogger(__name__)
PROBATION_S = 60.0
"""How long a new config has to show that units answer and the broker is reached. [s]"""
MOST_VERSION = 1 << 53


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A checked remote configuration."""

    version: int
    text: str
    loaded: Loaded


def read_offer(payload: bytes, local: Mapping[str, Any], path: Path) -> Offer:
    """Return the offer of a config message, with the local-only sections put in from the local file.

    Raises
    ------
    ConfigError
        With every problem: envelope, hash, forbidden section, settings, bus load.
    """
    try:
        told = json.loads(payload[: MAX_CONFIG_BYTES + 1])
    except (ValueError, RecursionError) as exc:
        raise ConfigError(f"remote config: not JSON ({exc}).") from exc
    text, version = (told.get("toml"), told.get("version")) if isinstance(told, dict) else (None, None)
    if (
        not isinstance(text, str)
        or not isinstance(told.get("sha256"), str)
        or type(version) is not int
        or not 0 < version < MOST_VERSION
    ):
        raise ConfigError("remote config: needs version (whole number from 1), sha256 and toml (text).")
    if _sha256(text) != told.get("sha256"):
        raise ConfigError(f"remote config {version}: sha256 does not match; it was cut or changed on the way.")
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ConfigError(f"remote config {version}: not valid TOML ({exc}).") from exc
    forbidden = [key for key in LOCAL_ONLY if key in table]
    if forbidden:
        raise ConfigError(f"remote config {version}: may not contain [{'], ['.join(forbidden)}]; those stay local.")
    whole = table | {key: local[key] for key in LOCAL_ONLY if key in local}
    loaded = build(whole, path)
    problems = bus_problems(loaded)
    if problems:
        raise ConfigError(*problems)
    return Offer(version=version, text=text, loaded=loaded)


def told_version(payload: bytes) -> int | None:
    """Return the version that a config message gives itself, None when it cannot be told."""
    try:
        told = json.loads(payload[: MAX_CONFIG_BYTES + 1])
    except (ValueError, RecursionError):
        return None
    version = told.get("version") if isinstance(told, dict) else None
    return version if type(version) is int and 0 < version < MOST_VERSION else None


def _sha256(text: str) -> str | None:
    """Return the sum of a text's UTF-8, None for one that has none (JSON lets lone surrogates through)."""
    try:
        return hashlib.sha256(text.encode()).hexdigest()
    except UnicodeEncodeError:
        return None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The remote config on disk.

    `version` and `text` are the last that survived its probation (0: none did), `trial` is the version on probation now
    (0: none), `refused` are versions that did not survive theirs.
    """

    version: int = 0
    text: str = ""
    trial: int = 0
    refused: tuple[int, ...] = ()

    def without(self, version: int) -> "Kept":
        """Return what is kept once a version has failed its trial."""
        return replace(self, trial=0, refused=(*self.refused, version))


class Keeper:
    """Keeps the accepted remote config beside the spool, in one file that is replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Kept:
        """Return what is kept; a damaged file counts as none."""
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            return Kept(
                version=int(told["version"]), text=str(told["text"]), trial=int(told["trial"]),
                refused=tuple(int(n) for n in told["refused"]),
            )  # fmt: skip
        except (OSError, ValueError, OverflowError, KeyError, TypeError):
            return Kept()

    def write(self, kept: Kept) -> None:
        """Replace what is kept, durably."""
        fresh = self._path.with_suffix(".new")
        told = {"version": kept.version, "text": kept.text, "trial": kept.trial, "refused": list(kept.refused[-20:])}
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(told, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

    def keep(self, kept: Kept) -> bool:
        """Replace what is kept and return whether the disk took it; if not, a start rolls the open trial back."""
        try:
            self.write(kept)
        except OSError as exc:
            _log.error("the remote config cannot be kept", extra={"reason": str(exc)})
            return False
        return True


def initial(config: Path, keeper: Keeper) -> tuple[Loaded, int, str]:
    """Return the config to start with, its remote version (0 local) and why; an unfinished trial is rolled back."""
    local = load(config)
    kept, reason = keeper.read(), "start"
    if kept.trial:
        reason = f"rolled back: config {kept.trial} did not survive its trial"
        kept = kept.without(kept.trial)
        keeper.keep(kept)
    if not kept.text:
        return local, 0, reason
    try:
        return _offer_again(kept, config).loaded, kept.version, reason
    except ConfigError as exc:
        _log.error("kept remote config no longer fits; using the local file", extra={"reason": str(exc)})
        return local, 0, f"rolled back: config {kept.version} no longer fits the local file"


def _offer_again(kept: Kept, config: Path) -> Offer:
    return read_offer(config_message(kept.version, kept.text), _local(config), config)


def _local(config: Path) -> dict[str, Any]:
    return tomllib.loads(config.read_text(encoding="utf-8"))


class Manager:
    """Runs one gateway after another: the next config is tried in place of the present one."""

    def __init__(
        self, config: Path, spool: Path | None, stop: asyncio.Event, *, probation_s: float = PROBATION_S
    ) -> None:
        self._config, self._spool, self._stop, self._probation_s = config, spool, stop, probation_s
        self._change = asyncio.Event()
        self._offer: Offer | None = None
        self._proven: Offer | None = None
        self.gateway: Gateway | None = None
        self.keeper: Keeper | None = None

    async def run(self) -> None:
        """Run until `stop`."""
        local = load(self._config)
        path = self._spool or local.config.spool.path
        keeper = self.keeper = Keeper(path.with_name(path.name + ".config.json"))
        loaded, version, reason = initial(self._config, keeper)
        fallback, fallback_version = loaded, version
        while not self._stop.is_set():
            on_trial = self._offer
            self._offer = None
            self._change.clear()
            gateway = self._open(loaded, version, reason)
            verdict = await self._one_run(gateway, on_trial)
            if on_trial is None or self._proven is on_trial:
                fallback, fallback_version = loaded, version
            if self._offer is not None:
                loaded, version, reason = self._offer.loaded, self._offer.version, f"config {self._offer.version}"
            elif verdict is not None:
                loaded, version, reason = fallback, fallback_version, verdict
        self._postpone()

    def _open(self, loaded: Loaded, version: int, reason: str) -> Gateway:
        gateway = open_gateway(loaded, self._spool, reason=reason)
        gateway.config_version = version
        gateway.on_config = self._heard
        self.gateway = gateway
        return gateway

    async def _heard(self, payload: bytes) -> None:
        gateway, keeper = self.gateway, self.keeper
        if gateway is None or keeper is None:
            return
        try:
            offer = read_offer(payload, _local(self._config), self._config)
            kept = keeper.read()
            if offer.version == gateway.config_version or offer.version in kept.refused:
                return
            # On disk before the trial begins: a trial that the process does not survive is then known as one.
            keeper.write(replace(kept, trial=offer.version))
        except (AppError, OSError) as exc:
            _log.error("remote config refused", extra={"reason": str(exc)})
            gateway.say("config", {"version": told_version(payload), "state": "refused", "reason": str(exc)})
            return
        gateway.say("config", {"version": offer.version, "state": "trial", "reason": ""})
        self._offer = offer
        self._change.set()

    async def _one_run(self, gateway: Gateway, on_trial: Offer | None) -> str | None:
        """Run one gateway until a stop or a change; returns why a config on trial is rolled back, else None."""
        ending = asyncio.Event()
        running = asyncio.create_task(gateway.run(ending))
        waits = [asyncio.create_task(self._stop.wait()), asyncio.create_task(self._change.wait())]
        trial = asyncio.create_task(self._judge(gateway, on_trial)) if on_trial else None
        try:
            watched: list[asyncio.Task[Any]] = [running, *waits, *([trial] if trial else [])]
            done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            if trial is not None and trial in done:
                verdict = trial.result()
                if verdict is not None:
                    return verdict
                await asyncio.wait([running, *waits], return_when=asyncio.FIRST_COMPLETED)
            return None
        finally:
            ending.set()
            for task in (*waits, *([trial] if trial else [])):
                task.cancel()
            await running

    async def _judge(self, gateway: Gateway, offer: Offer) -> str | None:
        """Return None when the gateway is healthy within the probation, else why not."""
        healthy, details = await self._healthy_in_time(gateway)
        kept = self.keeper.read() if self.keeper is not None else Kept()
        if healthy and self._keep(replace(kept, version=offer.version, text=offer.text, trial=0)):
            self._proven = offer
            gateway.say("config", {"version": offer.version, "state": "good", "reason": ""})
            return None
        self._keep(kept.without(offer.version))
        why = f"was not healthy in {self._probation_s:g} s ({details})" if not healthy else "found no room on the disk"
        reason = f"rolled back: config {offer.version} {why}"
        _log.error("remote config rolled back", extra={"reason": reason})
        gateway.say("config", {"version": offer.version, "state": "rolled_back", "reason": reason})
        return reason

    async def _healthy_in_time(self, gateway: Gateway) -> tuple[bool, dict[str, Any]]:
        deadline = asyncio.get_running_loop().time() + self._probation_s
        details: dict[str, Any] = {}
        while asyncio.get_running_loop().time() < deadline:
            well, details = gateway.well()
            if well and gateway.uplink.state.connected:
                return True, details
            await asyncio.sleep(0.25)
        return False, details

    def _postpone(self) -> None:
        """Take a trial that a person's stop cut short off the record: its version may be tried again."""
        kept = self.keeper.read() if self.keeper is not None else Kept()
        if kept.trial:
            self._keep(replace(kept, trial=0))

    def _keep(self, kept: Kept) -> bool:
        return self.keeper is not None and self.keeper.keep(kept)


async def run_managed(config: Path, spool: Path | None, stop: asyncio.Event) -> None:
    """Run a gateway with remote configuration until `stop` is set."""
    await Manager(config, spool, stop).run()
