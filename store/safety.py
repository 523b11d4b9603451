"""What the safety judge reads and keeps: the live sea, particulars, the register's safety columns, distress devices."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from core.finding import Place
from core.position import PositionSource
from core.target import TargetClass
from store.database import Executor
from vessels.distress_help import Refuge
from vessels.distress_signals import Activation, Signal
from vessels.fleet import Floats, RegisterFacts, Target
from vessels.risk import PastFinding


@dataclass(frozen=True, kw_only=True)
class Particulars:
    """What a target says of itself in its static messages, newest value of each."""

    name: str | None
    ship_type: int | None
    length_m: float | None
    beam_m: float | None


NOTHING_SAID = Particulars(name=None, ship_type=None, length_m=None, beam_m=None)


@dataclass(frozen=True, kw_only=True)
class ActivationRow:
    """A row of ``distress_activation``."""

    device: str
    started_at: datetime
    last_at: datetime
    is_test: bool
    messages: int
    first_lat_deg: float | None
    first_lon_deg: float | None
    first_fix_at: datetime | None
    last_lat_deg: float | None
    last_lon_deg: float | None
    last_fix_at: datetime | None
    raw: str
    announced: bool


class Safety:
    """Queries of the safety judge."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def live(
        self, since: datetime, particulars: dict[int, Particulars], register: dict[int, RegisterFacts]
    ) -> list[Target]:
        """Return every target heard since a time, with its particulars and register row where known."""
        rows = await self._db.tuples("safety/live", since=since)
        return [target_of(row, particulars.get(row[0], NOTHING_SAID), register.get(row[0])) for row in rows]

    async def particulars(self, since: datetime) -> dict[int, Particulars]:
        """Return what each target last said of itself, by MMSI."""
        rows = await self._db.tuples("safety/particulars", since=since)
        return {row[0]: Particulars(name=row[1], ship_type=row[2], length_m=row[3], beam_m=row[4]) for row in rows}

    async def register(self) -> dict[int, RegisterFacts]:
        """Return the register's safety columns by MMSI."""
        return {row[0]: facts_of(row) for row in await self._db.tuples("safety/register")}

    async def recent_positions(self, since: datetime, until: datetime, step: timedelta) -> Floats:
        """Return (6, n): MMSI, unix time, lat, lon, speed, course of all targets, one a step; NaN where not said."""
        rows = await self._db.tuples("safety/recent_positions", since=since, until=until, step=step)
        return np.array(rows, dtype=np.float64).reshape(-1, 6).T

    async def distress_signals(self, since: datetime) -> list[Signal]:
        """Return every message since a time that may be distress, in order of time."""
        return await self._db.rows(Signal, "safety/distress_signals", since=since)

    async def activations(self, since: datetime) -> dict[str, Activation]:
        """Return the newest activation of each device heard since a time."""
        rows = await self._db.rows(ActivationRow, "safety/activations", since=since)
        return {row.device: _activation(row) for row in rows}

    async def save_activations(self, activations: Iterable[Activation]) -> None:
        """Keep activations; an announced one stays announced."""
        rows = [activation_row(a) for a in activations]
        if rows:
            await self._db.execute_many("safety/save_activation", rows)

    async def refuges(self) -> list[Refuge]:
        """Return cages and platforms with a known position."""
        return await self._db.rows(Refuge, "safety/refuges")

    async def past_findings(self, since: datetime) -> dict[int, list[PastFinding]]:
        """Return what each boat was alerted for since a time, by MMSI; retracted alerts never count."""
        found: dict[int, list[PastFinding]] = {}
        for mmsi, rule, at, probability in await self._db.tuples("safety/past_findings", since=since):
            found.setdefault(mmsi, []).append(PastFinding(rule=rule, at=at, probability=probability))
        return found

    async def report_radar_sart(self, track: str, observed_at: datetime, place: Place, reported_by: str) -> None:
        """Keep SART dots seen on a radar; the next judging raises the alarm."""
        await self._db.execute(
            "safety/report_radar_sart",
            track=track,
            observed_at=observed_at,
            lat_deg=place.lat_deg,
            lon_deg=place.lon_deg,
            reported_by=reported_by,
        )


def target_of(row: tuple[Any, ...], said: Particulars, register: RegisterFacts | None) -> Target:
    """Return a target from a row of ``safety/live``."""
    return Target(
        mmsi=row[0],
        observed_at=row[1],
        lat_deg=row[2],
        lon_deg=row[3],
        sog_kn=row[4],
        cog_deg=row[5],
        heading_deg=row[6],
        rot_deg_min=row[7],
        nav_status=row[8],
        source=PositionSource(row[9]),
        kind=TargetClass(row[10]),
        name=said.name or "",
        ship_type=said.ship_type,
        length_m=said.length_m,
        beam_m=said.beam_m,
        register=register,
    )


def facts_of(row: tuple[Any, ...]) -> RegisterFacts:
    """Return register facts from a row of ``safety/register``."""
    names = [field.name for field in fields(RegisterFacts)]
    return RegisterFacts(**dict(zip(names, row[1:], strict=True)))


def _activation(row: ActivationRow) -> Activation:
    return Activation(
        device=row.device,
        started_at=row.started_at,
        last_at=row.last_at,
        is_test=row.is_test,
        messages=row.messages,
        first=_place(row.first_lat_deg, row.first_lon_deg),
        first_fix_at=row.first_fix_at,
        last=_place(row.last_lat_deg, row.last_lon_deg),
        last_fix_at=row.last_fix_at,
        raw=row.raw,
        announced=row.announced,
    )


def _place(lat_deg: float | None, lon_deg: float | None) -> Place | None:
    return None if lat_deg is None or lon_deg is None else Place(lat_deg=lat_deg, lon_deg=lon_deg)


def activation_row(a: Activation) -> dict[str, object]:
    """Return an activation as parameters of ``safety/save_activation``."""
    return {
        "device": a.device,
        "started_at": a.started_at,
        "last_at": a.last_at,
        "is_test": a.is_test,
        "messages": a.messages,
        "first_lat_deg": a.first.lat_deg if a.first else None,
        "first_lon_deg": a.first.lon_deg if a.first else None,
        "first_fix_at": a.first_fix_at,
        "last_lat_deg": a.last.lat_deg if a.last else None,
        "last_lon_deg": a.last.lon_deg if a.last else None,
        "last_fix_at": a.last_fix_at,
        "raw": a.raw,
        "announced": a.announced,
    }
