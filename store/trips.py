"""Trips: departure and arrival reports, hourly contact, temporary formations, the watch list."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from store.database import Executor, jsonb
from vessels.crew import Officer, TripReport
from vessels.risk import WatchEntry


@dataclass(frozen=True, kw_only=True)
class ReportRow:
    """A row of ``trip_report``."""

    mmsi: int
    kind: str
    at: datetime
    port: str
    persons: int | None
    officers: list[Mapping[str, Any]]
    ordinary_certified: int | None
    reporter: str
    source: str


class Trips:
    """The tables ``trip_report``, ``contact_check``, ``temporary_group`` and ``watch_list``."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def add_reports(self, reports: Iterable[TripReport]) -> int:
        """Keep reports, all or none; return how many were new: the same report twice is one."""
        new = 0
        async with self._db.transaction() as tx:
            for report in reports:
                new += await tx.execute("trips/add_report", **report_row(report))
        return new

    async def reports(self, since: datetime) -> list[TripReport]:
        """Return the newest report of each boat since a time."""
        return [_report(row) for row in await self._db.rows(ReportRow, "trips/reports", since=since)]

    async def history(self, mmsi: int, limit: int = 50) -> list[TripReport]:
        """Return a boat's reports, newest first."""
        rows = await self._db.rows(ReportRow, "trips/history", mmsi=mmsi, limit=limit)
        return [_report(row) for row in rows]

    async def add_contact(self, mmsi: int, at: datetime, by_login: str, *, reached: bool, note: str = "") -> None:
        """Keep that a boat was called, and whether it answered."""
        await self._db.execute("trips/add_contact", mmsi=mmsi, at=at, by_login=by_login, reached=reached, note=note)

    async def last_contacts(self, since: datetime) -> dict[int, datetime]:
        """Return when each boat last answered a call."""
        return dict(await self._db.tuples("trips/last_contacts", since=since))

    async def make_group(
        self, group_id: str, mmsis: Sequence[int], valid_from: datetime, valid_until: datetime, made_by: str
    ) -> None:
        """Make or extend a temporary formation, all boats or none."""
        shared = {"group_id": group_id, "valid_from": valid_from, "valid_until": valid_until, "made_by": made_by}
        async with self._db.transaction() as tx:
            await tx.execute_many("trips/make_group", [shared | {"mmsi": mmsi} for mmsi in mmsis])

    async def groups(self, at: datetime) -> list[tuple[int, str]]:
        """Return (mmsi, group) of temporary formations in force."""
        return [(mmsi, group) for mmsi, group in await self._db.tuples("trips/groups", at=at)]

    async def watch(self, entry: WatchEntry) -> None:
        """Put a boat on the watch list or change its entry."""
        await self._db.execute("trips/watch", **{n: getattr(entry, n) for n in WatchEntry.__dataclass_fields__})

    async def unwatch(self, mmsi: int) -> bool:
        """Take a boat off the watch list; return whether it was on it."""
        return await self._db.execute("trips/unwatch", mmsi=mmsi) > 0

    async def watched(self, at: datetime) -> dict[int, WatchEntry]:
        """Return the watch list in force, by MMSI."""
        return {entry.mmsi: entry for entry in await self._db.rows(WatchEntry, "trips/watched", at=at)}


def report_id(report: TripReport) -> str:
    """Return the id by which the same report twice is one: boat, kind and minute."""
    minute = report.at.astimezone(UTC).replace(second=0, microsecond=0).isoformat()
    return hashlib.sha256(f"{report.mmsi}|{report.kind}|{minute}".encode()).hexdigest()[:32]


def report_row(report: TripReport) -> dict[str, object]:
    """Return a report as parameters of ``trips/add_report``."""
    officers = [
        {"post": o.post, "valid_until": o.valid_until.isoformat() if o.valid_until else None} for o in report.officers
    ]
    values = {name: getattr(report, name) for name in ReportRow.__dataclass_fields__}
    return values | {"report_id": report_id(report), "officers": jsonb(officers)}


def _report(row: ReportRow) -> TripReport:
    values = {name: getattr(row, name) for name in ReportRow.__dataclass_fields__}
    return TripReport(**values | {"officers": tuple(_officer(o) for o in row.officers)})


def _officer(told: Mapping[str, Any]) -> Officer:
    until = told.get("valid_until")
    return Officer(post=str(told["post"]), valid_until=date.fromisoformat(until) if until else None)
