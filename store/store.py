"""All families on one executor: `Store(database)` for single queries, `store.transaction()` to bind them together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from store.alerts import Alerts
from store.beidou import Beidou
from store.cages import Cages
from store.campaigns import Campaigns
from store.contacts import Contacts
from store.database import Executor
from store.detections import Detections
from store.evidence import EvidenceChain
from store.farmlog import FarmLog
from store.findings import Findings
from store.forecasts import Forecasts
from store.gateways import Gateways
from store.heartbeats import Heartbeats
from store.limits import Limits
from store.official import Official
from store.orders import Orders
from store.outbox import Outbox
from store.places import Places
from store.positions import Positions
from store.readings import Readings
from store.register import VesselRegister
from store.safety import Safety
from store.seasons import Seasons
from store.status import Status
from store.targets import Targets
from store.trips import Trips
from store.zones import Zones


class Store:
    """The database, by table family. Add a family with one import and one line."""

    def __init__(self, db: Executor) -> None:
        self.db = db
        self.alerts = Alerts(db)
        self.campaigns = Campaigns(db)
        self.contacts = Contacts(db)
        self.official = Official(db)
        self.outbox = Outbox(db)
        self.cages = Cages(db)
        self.farmlog = FarmLog(db)
        self.heartbeats = Heartbeats(db)
        self.status = Status(db)
        self.forecasts = Forecasts(db)
        self.gateways = Gateways(db)
        self.limits = Limits(db)
        self.orders = Orders(db)
        self.places = Places(db)
        self.positions = Positions(db)
        self.readings = Readings(db)
        self.targets = Targets(db)
        self.register = VesselRegister(db)
        self.findings = Findings(db)
        self.detections = Detections(db)
        self.beidou = Beidou(db)
        self.evidence = EvidenceChain(db)
        self.safety = Safety(db)
        self.seasons = Seasons(db)
        self.trips = Trips(db)
        self.zones = Zones(db)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Self]:
        """Return the same families bound to one transaction: committed at the end, undone on an error."""
        async with self.db.transaction() as bound:
            yield type(self)(bound)
