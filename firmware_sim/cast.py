"""The cast: what a target is, what it transmits, and the true label of each; who they are is in `company`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware_sim.tracks import Track

CLASSES: Mapping[str, int] = {
    "registered": 27, "exempt": 3, "merchant": 8, "foreign": 3, "unregistered": 4, "borrowed_identity": 2,
    "several_mmsi": 1, "shared_mmsi": 1, "gear_buoy": 6, "misconfigured": 2, "aton": 2, "base_station": 1,
    "sar_aircraft": 1, "unidentified": 2, "unknown": 2,
}  # fmt: skip
"""Class of target -> how many in a cast of about 60; distress devices come from events. shared_mmsi counts pairs."""
SATISFIED, FAILED, UNKNOWN = "satisfied", "failed", "unknown"
DEFAULT_MMSIS = (0, 111_111_111, 123_456_789, 222_222_222, 412_000_000, 413_000_000, 412_123_456, 888_888_888)
"""Numbers of transponders that nobody set up (seen in real feeds)."""


@dataclass(frozen=True, kw_only=True)
class Transponder:
    """One AIS device: what it says it is. `station` is a, b, b19, aton, base, sar or sart; None fields are never sent.

    `offset_m` (east, north) is where it stands from the target's own point; `period_s` overrides the usual interval.
    """

    mmsi: int
    station: str
    name: str | None = None
    call_sign: str = ""
    imo: int = 0
    ship_type: int = 0
    sides_m: tuple[int, int, int, int] = (0, 0, 0, 0)
    destination: str = ""
    offset_m: tuple[float, float] = (0.0, 0.0)
    period_s: float | None = None
    aton_kind: int = 0
    virtual: bool = False
    silent: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Label:
    """The truth about one physical target.

    Parameters
    ----------
    target_class
        One of the project's target classes.
    mmsis
        Numbers it sends, none for a dark boat.
    limbs
        name, certificate, port, match -> satisfied, failed or unknown, as a perfect judge with this register would say.
    register_name
        The register's row it rightfully has (Chinese name), if any.
    test
        A distress device under test.
    """

    target_id: str
    target_class: str
    mmsis: tuple[int, ...]
    name: str = ""
    name_zh: str = ""
    length_m: float = 0.0
    ship_type: int | None = None
    has_ais: bool = True
    register_name: str = ""
    limbs: Mapping[str, str] = field(default_factory=dict)
    group: str = ""
    gear: str = ""
    wind_class_bft: int | None = None
    hs_limit_m: float | None = None
    test: bool = False
    events: tuple[str, ...] = ()
    note: str = ""


@dataclass(kw_only=True)
class Actor:
    """A physical target: its label, how it moves, what it transmits, and whether radar can see it."""

    label: Label
    track: Track
    transponders: tuple[Transponder, ...] = ()
    radar: bool = True
    cruise_kn: float = 9.0
    born_s: float = -1e18
    gone_s: float = 1e18

    @property
    def id(self) -> str:
        """Return the target id of the label."""
        return self.label.target_id


@dataclass(kw_only=True)
class Cast:
    """All actors and the register that the authority holds."""

    actors: list[Actor]
    register: list[dict[str, str]]

    def of_class(self, *classes: str) -> list[Actor]:
        """Return the actors of some classes, in order."""
        return [a for a in self.actors if a.label.target_class in classes]


def sides(length_m: float, beam_m: float | None = None) -> tuple[int, int, int, int]:
    """Return antenna distances to bow, stern, port and starboard for a hull. [m]"""
    beam = length_m * 0.19 + 0.8 if beam_m is None else beam_m
    bow = round(length_m * 0.6)
    return bow, max(round(length_m) - bow, 0), round(beam / 2), max(round(beam) - round(beam / 2), 1)


def counts_for(targets: int, overrides: Mapping[str, int] | None = None) -> dict[str, int]:
    """Return how many of each class make a cast of about `targets`; every class appears at least once."""
    total = sum(CLASSES.values())
    counts = {name: max(1, round(n * targets / total)) for name, n in CLASSES.items()}
    counts["base_station"] = min(counts["base_station"], 3)
    counts["sar_aircraft"] = min(counts["sar_aircraft"], 2)
    return counts | dict(overrides or {})
