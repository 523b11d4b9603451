"""The same families in memory, for tests of services without a server; held to the real ones by one contract suite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from store.fake_alerts import FakeAlerts
from store.fake_contacts import FakeContacts
from store.fake_farmlog import FakeFarmLog
from store.fake_gateways import FakeGateways
from store.fake_limits import FakeLimits
from store.fake_outbox import FakeOutbox
from store.fake_places import FakePlaces
from store.fake_positions import FakePositions, FakeTargets
from store.fake_readings import FakeReadings
from store.fake_safety import FakeSafety
from store.fake_seasons import FakeSeasons
from store.fake_trips import FakeTrips
from store.fake_zones import FakeZones


class FakeStore:
    """Families of `store.store.Store` on dictionaries. Add a family with one import and one line."""

    def __init__(self) -> None:
        self.places = FakePlaces()
        self.farmlog = FakeFarmLog(self.places)
        self.gateways = FakeGateways(self.places)
        self.limits = FakeLimits()
        self.readings = FakeReadings(self.places)
        self.positions = FakePositions()
        self.targets = FakeTargets(self.positions)
        self.safety = FakeSafety()
        self.seasons = FakeSeasons()
        self.trips = FakeTrips()
        self.zones = FakeZones()
        self.contacts = FakeContacts()
        self.outbox = FakeOutbox()
        self.alerts = FakeAlerts(self.outbox, self.places)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Self]:
        """Return itself: the fake has no rollback, tests of rollback belong to the real store."""
        yield self
