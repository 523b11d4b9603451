"""Which messages travel, on which stream, and how a receiver is doing; pure, one value at a time."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from core import geo, mmsi
from core.topics import Stream
from gateway.config import AisSection
from gateway.nmea import AIS_FORMATTERS, GPS_FORMATTERS, RADAR_FORMATTERS, AisHead, Message, ais_head

POSITION_TYPES = frozenset({1, 2, 3, 4, 9, 11, 18, 21, 27})
SAFETY_TYPES = frozenset({12, 14})
SART_ACTIVE = 14
"""Navigational status 14 of a position report: AIS-SART, MOB or EPIRB active (ITU-R M.1371-5, table 45)."""
STILL_STATUS = frozenset({1, 5, 6})
STILL_KN = 0.5
CELL_DEG = 0.1
"""Reports of one MMSI from places further apart are thinned apart: two boats on one number stay two. [deg]"""
MOST_TARGETS = 20_000
GPS_EVERY_S = 10.0
MOST_RANGE_NM = 500.0
"""A position further from the antenna is a fault or a repeat from elsewhere, not the receiver's range. [nmi]"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Routed:
    """A message that travels on `stream`; `head` when it is AIS."""

    stream: Stream
    head: AisHead | None


class Thinner:
    """Passes a message or holds it back, by class and target; never distress, static or safety messages."""

    def __init__(self, policy: AisSection) -> None:
        self._policy = policy
        self._last: OrderedDict[tuple[object, ...], float] = OrderedDict()
        self.thinned = 0

    def route(self, message: Message, now_s: float) -> Routed | None:
        """Return where a message goes, None when the policy holds it back."""
        if message.formatter in AIS_FORMATTERS:
            return self._route_ais(message, ais_head(message), now_s)
        key, period_s = self._other(message)
        if period_s and not self._due(key, period_s, now_s):
            return None
        return Routed(stream=Stream.NMEA, head=None)

    def _route_ais(self, message: Message, head: AisHead | None, now_s: float) -> Routed | None:
        if head is None:
            return Routed(stream=Stream.NMEA, head=None)
        if is_distress(head):
            return Routed(stream=Stream.DISTRESS, head=head)
        if head.type in SAFETY_TYPES:
            return Routed(stream=Stream.ALARM, head=head)
        if head.type in POSITION_TYPES and message.complete:
            cell = (round((head.lat_deg or 0) / CELL_DEG), round((head.lon_deg or 0) / CELL_DEG))
            own = message.formatter == "VDO"
            period_s = self._period_s(head)
            if period_s and not self._due(
                (own, head.mmsi, head.type in (18, 19), head.nav_status, cell), period_s, now_s
            ):
                return None
        return Routed(stream=Stream.NMEA, head=head)

    def _period_s(self, head: AisHead) -> float:
        if head.type in (1, 2, 3):
            still = head.nav_status in STILL_STATUS and (head.sog_kn or 0.0) <= STILL_KN
            return self._policy.class_a_still_s if still else self._policy.class_a_s
        periods = {18: self._policy.class_b_s, 21: self._policy.aton_s, 4: self._policy.base_s, 11: self._policy.base_s}
        return periods.get(head.type, 0.0)

    def _other(self, message: Message) -> tuple[tuple[object, ...], float]:
        fields = message.lines[0].fields
        if message.formatter in RADAR_FORMATTERS:
            status = fields[12] if message.formatter == "TTM" and len(fields) > 12 else ""
            return (fields[0], fields[1] if len(fields) > 1 else "", status), self._policy.radar_s
        return (fields[0],), GPS_EVERY_S if message.formatter in GPS_FORMATTERS else 0.0

    def _due(self, key: tuple[object, ...], period_s: float, now_s: float) -> bool:
        last = self._last.get(key)
        if last is not None and 0 <= now_s - last < period_s:
            self.thinned += 1
            return False
        self._last[key] = now_s
        self._last.move_to_end(key)
        if len(self._last) > MOST_TARGETS:
            self._last.popitem(last=False)
        return True


def is_distress(head: AisHead) -> bool:
    """Return whether a message is one of a distress device, by number or by navigational status."""
    return mmsi.classify(head.mmsi) in mmsi.DISTRESS or (head.type in (1, 2, 3) and head.nav_status == SART_ACTIVE)


@dataclass
class ReceiverHealth:
    """What one input heard lately, so that shore can tell "receiver down" from "boat silent"."""

    name: str
    lat_deg: float | None = None
    lon_deg: float | None = None
    connected: bool = False
    reason: str = ""
    messages: int = 0
    bad: dict[str, int] = field(default_factory=dict)
    last_s: float | None = None
    _times: deque[float] = field(default_factory=deque)
    _ranges: deque[tuple[float, float]] = field(default_factory=deque)
    _targets: dict[int, float] = field(default_factory=dict)

    def heard(self, head: AisHead | None, now_s: float) -> None:
        """Count one message and, where it has a place, the target's distance."""
        self.messages += 1
        self.last_s = now_s
        self._times.append(now_s)
        if head is None:
            return
        self._targets[head.mmsi] = now_s
        if None not in (self.lat_deg, self.lon_deg, head.lat_deg, head.lon_deg):
            away = geo.range_nm(self.lat_deg or 0.0, self.lon_deg or 0.0, head.lat_deg or 0.0, head.lon_deg or 0.0)
            if away <= MOST_RANGE_NM:
                self._note_range(away, now_s)

    def _note_range(self, away_nm: float, now_s: float) -> None:
        """Keep only what may still become the greatest: nearer ones heard before this one never will."""
        while self._ranges and self._ranges[-1][1] <= away_nm:
            self._ranges.pop()
        self._ranges.append((now_s, away_nm))

    def spoiled(self, why: str) -> None:
        """Count a line that was no sentence."""
        self.bad[why] = self.bad.get(why, 0) + 1

    def report(self, now_s: float) -> dict[str, object]:
        """Return the health record: rates over one minute, targets and greatest range over ten."""
        _drop_before(self._times, now_s - 60.0)
        while self._ranges and self._ranges[0][0] < now_s - 600.0:
            self._ranges.popleft()
        self._targets = {number: at for number, at in self._targets.items() if at >= now_s - 600.0}
        return {
            "name": self.name, "connected": self.connected, "reason": self.reason, "messages_1min": len(self._times),
            "messages": self.messages, "bad_checksum": self.bad.get("checksum", 0), "bad": dict(self.bad),
            "targets": len(self._targets),
            "max_range_nm": round(self._ranges[0][1], 2) if self._ranges else None,
            "silent_s": None if self.last_s is None else round(max(0.0, now_s - self.last_s), 1),
        }  # fmt: skip


def _drop_before(times: deque[float], limit_s: float) -> None:
    while times and times[0] < limit_s:
        times.popleft()
