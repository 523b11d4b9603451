"""Trips, contact, temporary formations and the watch list in memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from store.trips import report_id
from vessels.crew import TripReport
from vessels.risk import WatchEntry


class FakeTrips:
    """`store.trips.Trips` on dictionaries."""

    def __init__(self) -> None:
        self._reports: dict[str, TripReport] = {}
        self._contacts: dict[tuple[int, datetime], bool] = {}
        self._groups: dict[tuple[str, int], tuple[datetime, datetime]] = {}
        self._watched: dict[int, WatchEntry] = {}

    async def add_reports(self, reports: Iterable[TripReport]) -> int:
        """Keep reports; return how many were new."""
        before = len(self._reports)
        for report in reports:
            self._reports.setdefault(report_id(report), report)
        return len(self._reports) - before

    async def reports(self, since: datetime) -> list[TripReport]:
        """Return the newest report of each boat since a time."""
        newest: dict[int, TripReport] = {}
        for report in sorted(self._reports.values(), key=lambda r: r.at):
            if report.at > since:
                newest[report.mmsi] = report
        return [newest[mmsi] for mmsi in sorted(newest)]

    async def history(self, mmsi: int, limit: int = 50) -> list[TripReport]:
        """Return a boat's reports, newest first."""
        own = [r for r in self._reports.values() if r.mmsi == mmsi]
        return sorted(own, key=lambda r: r.at, reverse=True)[:limit]

    async def add_contact(self, mmsi: int, at: datetime, by_login: str, *, reached: bool, note: str = "") -> None:
        """Keep that a boat was called, and whether it answered."""
        self._contacts.setdefault((mmsi, at), reached)

    async def last_contacts(self, since: datetime) -> dict[int, datetime]:
        """Return when each boat last answered a call."""
        found: dict[int, datetime] = {}
        for (mmsi, at), reached in self._contacts.items():
            if reached and at > since:
                found[mmsi] = max(at, found.get(mmsi, at))
        return found

    async def make_group(
        self, group_id: str, mmsis: Sequence[int], valid_from: datetime, valid_until: datetime, made_by: str
    ) -> None:
        """Make or extend a temporary formation."""
        for mmsi in mmsis:
            begun = self._groups.get((group_id, mmsi), (valid_from, valid_until))[0]
            self._groups[group_id, mmsi] = (begun, valid_until)

    async def groups(self, at: datetime) -> list[tuple[int, str]]:
        """Return (mmsi, group) of temporary formations in force."""
        kept = [(begun, g, m) for (g, m), (begun, until) in self._groups.items() if begun <= at < until]
        return [(mmsi, group) for _, group, mmsi in sorted(kept)]

    async def watch(self, entry: WatchEntry) -> None:
        """Put a boat on the watch list or change its entry."""
        self._watched[entry.mmsi] = entry

    async def unwatch(self, mmsi: int) -> bool:
        """Take a boat off the watch list; return whether it was on it."""
        return self._watched.pop(mmsi, None) is not None

    async def watched(self, at: datetime) -> dict[int, WatchEntry]:
        """Return the watch list in force, by MMSI."""
        return {m: e for m, e in sorted(self._watched.items()) if e.until is None or e.until > at}
