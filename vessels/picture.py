"""Everything known of one target at the moment of judging, as one value: what the verdict is a function of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.finding import Evidence
from core.mmsi import MmsiClass, classify
from core.position import PositionSource
from vessels.ais_columns import SOURCES
from vessels.statics import Said, Statics
from vessels.track import Track

NO_HULL_M = 3
"""A size up to this is a buoy's: fishers name their net buoys after the boat."""


@dataclass(frozen=True, kw_only=True)
class Movement:
    """How a target moved: shares of its reports, speeds as bin edges.

    Parameters
    ----------
    n, span_s
        Reports, and time from the first to the last.
    interval_s
        Median time between reports; None for one report.
    sog_median_kn, sog_high_kn
        Median and 95 % quantile of speed; None without speeds.
    drifting, fishing, under_way
        Share of reports below 2 kn and at least 0.2; in 0.5 to 5.5 kn; at 5.5 kn and more.
    with_heading
        Share of reports with a heading.
    extent_nm
        Diagonal of the box it stayed in.
    """

    n: int
    span_s: float
    interval_s: float | None = None
    sog_median_kn: float | None = None
    sog_high_kn: float | None = None
    stopped: float = 0.0
    drifting: float = 0.0
    fishing: float = 0.0
    under_way: float = 0.0
    with_heading: float = 0.0
    extent_nm: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Another target that speaks against this one: the same number or name in another place, or at its side."""

    target_id: str
    mmsi: int
    distance_nm: float
    at: datetime
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One target as it is judged.

    Parameters
    ----------
    siblings
        Other boats followed on the same MMSI at the same time.
    namesakes
        Targets with the same name on another MMSI.
    companions
        Targets that moved with this one, side by side, all the time.
    beside
        Targets at its side all the time so far, not yet for long enough to be called companions.
    lat_deg, lon_deg, bbox
        Newest position and the box of all; None for one that never said where it is.
    """

    target_id: str
    mmsi: int
    first_at: datetime
    last_at: datetime
    lat_deg: float | None
    lon_deg: float | None
    bbox: tuple[float, float, float, float] | None
    movement: Movement
    sources: frozenset[PositionSource]
    statuses: frozenset[int]
    statics: Statics
    siblings: tuple[Elsewhere, ...] = ()
    namesakes: tuple[Elsewhere, ...] = ()
    companions: tuple[Elsewhere, ...] = ()
    beside: tuple[Elsewhere, ...] = ()
    texts: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    beidou_id: str | None = None
    extra: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_placed(self) -> bool:
        """Return whether any position of it was heard."""
        return self.lat_deg is not None

    @property
    def mmsi_class(self) -> MmsiClass:
        """Return the station kind by the digits."""
        return classify(self.mmsi)

    @property
    def names(self) -> list[Said]:
        """Return the names it sent, most often first."""
        return self.statics.said("name")

    @property
    def name(self) -> str | None:
        """Return the name it sent most often."""
        usual = self.statics.usual("name")
        return usual if isinstance(usual, str) else None

    @property
    def size_m(self) -> tuple[int, int] | None:
        """Return (length, beam) it sent most often. [m]"""
        usual = self.statics.usual("size")
        return usual if isinstance(usual, tuple) else None

    @property
    def ship_type(self) -> int | None:
        """Return the ship type it sent most often."""
        usual = self.statics.usual("ship_type")
        return usual if isinstance(usual, int) else None

    @property
    def class_b(self) -> bool:
        """Return whether it uses class B equipment only."""
        return PositionSource.AIS_B in self.sources and PositionSource.AIS_A not in self.sources


def movement(track: Track) -> Movement:
    """Return how a track moved."""
    total = max(1, sum(track.speeds[:-1]))
    height = (track.max_lat - track.min_lat) * 60.0
    width = min(track.max_lon - track.min_lon, 360.0 - (track.max_lon - track.min_lon)) * 60.0 * 0.88
    return Movement(
        n=track.n, span_s=track.span_s, interval_s=track.interval_median_s(),
        sog_median_kn=track.speed_quantile(0.5), sog_high_kn=track.speed_quantile(0.95),
        stopped=track.speeds[0] / total, drifting=(track.speed_share(0.2, 2.0) or 0.0),
        fishing=(track.speed_share(0.5, 5.5) or 0.0), under_way=(track.speed_share(5.5, 1e9) or 0.0),
        with_heading=track.headings / max(1, track.n), extent_nm=(height * height + width * width) ** 0.5,
    )  # fmt: skip


def of_track(
    track: Track,
    statics: Statics,
    *,
    siblings: Iterable[Elsewhere] = (),
    namesakes: Iterable[Elsewhere] = (),
    companions: Iterable[Elsewhere] = (),
    beside: Iterable[Elsewhere] = (),
    texts: Iterable[str] = (),
    evidence: Iterable[Evidence] = (),
) -> Picture:
    """Return the picture of one track with what its number said."""
    return Picture(
        target_id=track.target_id, mmsi=track.mmsi, first_at=datetime.fromtimestamp(track.first_s, UTC),
        last_at=datetime.fromtimestamp(track.last_s, UTC), lat_deg=track.lat, lon_deg=track.lon,
        bbox=(track.min_lon, track.min_lat, track.max_lon, track.max_lat), movement=movement(track),
        sources=frozenset(SOURCES[k] for k in range(len(SOURCES)) if track.sources >> k & 1),
        statuses=frozenset(k for k in range(16) if track.statuses >> k & 1), statics=statics,
        siblings=tuple(siblings), namesakes=tuple(namesakes), companions=tuple(companions),
        beside=tuple(beside), texts=tuple(texts), evidence=tuple(evidence),
    )  # fmt: skip


_SENT_BY = {
    **dict.fromkeys((1, 2, 3, 5, 11), PositionSource.AIS_A), **dict.fromkeys((18, 19, 24), PositionSource.AIS_B),
    **dict.fromkeys((4, 16, 17, 20, 22, 23), PositionSource.AIS_BASE), 9: PositionSource.AIS_SAR,
    21: PositionSource.AIS_ATON, 27: PositionSource.AIS_LONG,
}  # fmt: skip
"""Which kind of station sends a message type (ITU-R M.1371-5 table 43); the others any station may send."""


def unplaced(
    mmsi: int, statics: Statics, types: Iterable[int], first_at: datetime, last_at: datetime,
    *, texts: Iterable[str] = (), evidence: Iterable[Evidence] = (),
) -> Picture:  # fmt: skip
    """Return the picture of a number that was heard, by these message types, but never said where it is."""
    return Picture(
        target_id=str(mmsi), mmsi=mmsi, first_at=first_at, last_at=last_at, lat_deg=None, lon_deg=None, bbox=None,
        movement=Movement(n=0, span_s=(last_at - first_at).total_seconds()),
        sources=frozenset(_SENT_BY[kind] for kind in types if kind in _SENT_BY), statuses=frozenset(), statics=statics,
        texts=tuple(texts), evidence=tuple(evidence),
    )  # fmt: skip
