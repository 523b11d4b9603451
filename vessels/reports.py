"""What a line of AIS or radar says once decoded, sentinels already None; positions are `core.position.Position`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StaticReport:
    """Who a station says it is (types 5, 19, 21, 24A, 24B); None where the message does not say.

    Parameters
    ----------
    part
        ``5``, ``19``, ``21``, ``24A`` or ``24B``.
    ais_class
        ``A``, ``B`` or ``N`` (aid to navigation).
    ship_type
        0..99 of ITU-R M.1371-5 table 53; for type 21 the kind of aid, table 74.
    parent_mmsi
        Mother ship of an auxiliary craft (98MIDXXXX sends it in 24B).
    """

    mmsi: int
    observed_at: datetime
    part: str
    ais_class: str
    name: str | None = None
    call_sign: str | None = None
    imo: int | None = None
    ship_type: int | None = None
    to_bow_m: int | None = None
    to_stern_m: int | None = None
    to_port_m: int | None = None
    to_starboard_m: int | None = None
    draught_m: float | None = None
    destination: str | None = None
    eta: str | None = None
    vendor: str | None = None
    parent_mmsi: int | None = None

    @property
    def length_m(self) -> int | None:
        """Return bow plus stern, None when the station gave no dimensions."""
        return _sum(self.to_bow_m, self.to_stern_m)

    @property
    def beam_m(self) -> int | None:
        """Return port plus starboard, None when the station gave no dimensions."""
        return _sum(self.to_port_m, self.to_starboard_m)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True, kw_only=True, slots=True)
class SafetyText:
    """Safety related text (types 12 and 14); `addressee_mmsi` is None for a broadcast."""

    mmsi: int
    observed_at: datetime
    text: str
    addressee_mmsi: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RadarTarget:
    """A tracked radar target: TTM gives range and bearing from the radar, TLL gives a position.

    Parameters
    ----------
    relative
        TTM only: bearing and course are relative to the bow.
    status
        ``T`` tracking, ``Q`` query, ``L`` lost.
    """

    receiver: str
    observed_at: datetime
    number: int
    range_nm: float | None = None
    bearing_deg: float | None = None
    relative: bool = False
    sog_kn: float | None = None
    cog_deg: float | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    name: str = ""
    status: str = "T"


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherReport:
    """A message that places no target: its identity and time still tell that the station was heard."""

    mmsi: int
    observed_at: datetime
    message_type: int
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """When a number was heard, and by which message types, whether they placed it or not."""

    mmsi: int
    first_at: datetime
    last_at: datetime
    types: frozenset[int] = frozenset()

    def joined(self, other: "Contact") -> "Contact":
        """Return what both say of the number."""
        return Contact(
            mmsi=self.mmsi, first_at=min(self.first_at, other.first_at), last_at=max(self.last_at, other.last_at),
            types=self.types | other.types,
        )  # fmt: skip


TYPE_OF_PART = {"5": 5, "19": 19, "21": 21, "24A": 24, "24B": 24}


def contacts(statics: Iterable[StaticReport], others: Iterable[OtherReport]) -> dict[int, Contact]:
    """Return who was heard by messages that place nobody, by number."""
    heard = [(report.mmsi, report.observed_at, TYPE_OF_PART[report.part]) for report in statics]
    heard += [(report.mmsi, report.observed_at, report.message_type) for report in others]
    found: dict[int, tuple[datetime, datetime, set[int]]] = {}
    for mmsi, at, kind in heard:
        first_at, last_at, types = found.get(mmsi, (at, at, set()))
        types.add(kind)
        found[mmsi] = min(first_at, at), max(last_at, at), types
    return {
        mmsi: Contact(mmsi=mmsi, first_at=first_at, last_at=last_at, types=frozenset(types))
        for mmsi, (first_at, last_at, types) in found.items()
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class BadLine:
    """A line that could not be read, kept whole with its reason."""

    line_no: int
    reason: str
    raw: bytes
