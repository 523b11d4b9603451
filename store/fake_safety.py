"""The safety judge's queries in memory: tests put targets and signals in and read activations out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from core.finding import Place
from store.safety import Particulars
from vessels.distress_help import Refuge
from vessels.distress_signals import Activation, Signal, alarms_by_itself
from vessels.fleet import Floats, RegisterFacts, Target
from vessels.risk import PastFinding


class FakeSafety:
    """`store.safety.Safety` on lists: `targets`, `signals` and `cages` are what the sea and ingest would give."""

    def __init__(self) -> None:
        self.targets: list[Target] = []
        self.signals: list[Signal] = []
        self.cages: list[Refuge] = []
        self.past: dict[int, list[PastFinding]] = {}
        self.fixes: list[tuple[float, float, float, float, float, float]] = []
        self._activations: dict[tuple[str, datetime], Activation] = {}

    async def live(
        self, since: datetime, particulars: dict[int, Particulars], register: dict[int, RegisterFacts]
    ) -> list[Target]:
        """Return every target heard since a time."""
        return [t for t in self.targets if t.observed_at > since]

    async def particulars(self, since: datetime) -> dict[int, Particulars]:
        """Return what each target last said of itself, by MMSI."""
        return {
            t.mmsi: Particulars(name=t.name or None, ship_type=t.ship_type, length_m=t.length_m, beam_m=t.beam_m)
            for t in self.targets
            if t.observed_at > since
        }

    async def register(self) -> dict[int, RegisterFacts]:
        """Return the register's safety columns by MMSI."""
        return {t.mmsi: t.register for t in self.targets if t.register is not None}

    async def recent_positions(self, since: datetime, until: datetime, step: timedelta) -> Floats:
        """Return (6, n): MMSI, unix time, lat, lon, speed, course; NaN where not said."""
        kept = [f for f in self.fixes if since.timestamp() < f[1] <= until.timestamp()]
        return np.array(kept, dtype=np.float64).reshape(-1, 6).T

    async def distress_signals(self, since: datetime) -> list[Signal]:
        """Return every message since a time that may be distress, in order of time."""
        known = [s for s in self.signals if s.observed_at > since and (s.text or alarms_by_itself(s))]
        return sorted(known, key=lambda s: s.observed_at)

    async def activations(self, since: datetime) -> dict[str, Activation]:
        """Return the newest activation of each device heard since a time."""
        kept = [a for a in self._activations.values() if a.last_at > since]
        return {a.device: a for a in sorted(kept, key=lambda a: a.started_at)}

    async def save_activations(self, activations: Iterable[Activation]) -> None:
        """Keep activations; an announced one stays announced."""
        for new in activations:
            key = (new.device, new.started_at)
            old = self._activations.get(key)
            self._activations[key] = new if old is None else _merged(old, new)

    async def refuges(self) -> list[Refuge]:
        """Return cages and platforms with a known position."""
        return list(self.cages)

    async def past_findings(self, since: datetime) -> dict[int, list[PastFinding]]:
        """Return what each boat was alerted for since a time, by MMSI."""
        kept = {mmsi: [f for f in past if f.at > since] for mmsi, past in self.past.items()}
        return {mmsi: past for mmsi, past in kept.items() if past}

    async def report_radar_sart(self, track: str, observed_at: datetime, place: Place, reported_by: str) -> None:
        """Keep SART dots seen on a radar."""
        self.signals.append(
            Signal(device=f"radar:{track}", observed_at=observed_at, lat_deg=place.lat_deg, lon_deg=place.lon_deg)
        )


def _merged(old: Activation, new: Activation) -> Activation:
    return replace(
        new,
        announced=old.announced or new.announced,
        last_at=max(old.last_at, new.last_at),
        messages=max(old.messages, new.messages),
    )
