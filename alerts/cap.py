"""The Common Alerting Protocol 1.2 as values: our alerts as CAP messages, and who is inside a message's area. Pure.

XML is written and read by `services.cap_xml`. Source: OASIS CAP 1.2 (2010-07-01); Chinese profile GB/T 35965.1-2018.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from alerts.model import Alert, Event, Handling, Step
from alerts.policy import Policy
from core.finding import Condition, Place, Severity
from core.geo import M_PER_NM, destination, range_nm

Point = tuple[float, float]
"""(lat_deg, lon_deg), WGS 84."""
SPEAKING = (
    Step.RAISED,
    Step.WORSENED,
    Step.EASED,
    Step.RECURRED,
    Step.CLEARED,
    Step.RETRACTED,
    Step.EXPIRED,
    Step.CLOSED,
)
"""Steps of an alert that the outside hears of."""
ENDING = (Step.CLEARED, Step.RETRACTED, Step.EXPIRED, Step.CLOSED)
_VERTICES = 24
_RADIUS_KM = {"Rescue": 5.0, "Met": 15.0, "Transport": 3.0}
"""How far around its place an alert speaks of, by category; 2 km for the rest. Ours."""


@dataclass(frozen=True, kw_only=True)
class CapReference:
    """A message that another one updates or cancels."""

    sender: str
    identifier: str
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class CapArea:
    """One area: its words, closed polygons, circles (centre, radius in km), codes."""

    description: str
    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[tuple[Point, float], ...] = ()
    geocodes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class CapInfo:
    """One info block, in one language."""

    language: str
    category: tuple[str, ...]
    event: str
    urgency: str
    severity: str
    certainty: str
    response: tuple[str, ...] = ()
    effective_at: datetime | None = None
    onset_at: datetime | None = None
    expires_at: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    areas: tuple[CapArea, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CapMessage:
    """One message."""

    identifier: str
    sender: str
    sent_at: datetime
    status: str
    msg_type: str
    scope: str
    references: tuple[CapReference, ...] = ()
    restriction: str = ""
    note: str = ""
    infos: tuple[CapInfo, ...] = ()

    @property
    def severity(self) -> Severity:
        """Return the gravest info as our colour; Unknown counts as blue."""
        return max((colour(info.severity) for info in self.infos), default=Severity.BLUE)

    @property
    def expires_at(self) -> datetime | None:
        """Return the latest expiry, None when an info has none."""
        ends = [info.expires_at for info in self.infos]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who we are in our messages."""

    id: str = "huangyu@localhost"
    name_zh: str = "黄鱼守望"
    name_en: str = "Huangyu watch"


def colour(severity: str) -> Severity:
    """Return our colour of a CAP severity word."""
    return next((one for one in Severity if one.cap == severity), Severity.BLUE)


def messages_of(alert: Alert, events: Sequence[Event], policy: Policy, sender: Sender) -> list[CapMessage]:
    """Return the messages an alert has made, one for each step the outside hears of: Alert, then Update, then Cancel.

    The texts are those of the alert now; only the newest message is meant to be published.
    """
    told: list[CapMessage] = []
    for event in events:
        if event.step not in SPEAKING or (told and told[-1].msg_type == "Cancel" and event.step in ENDING):
            continue
        ending = event.step in ENDING
        kind = "Alert" if not told else "Cancel" if ending else "Update"
        told.append(
            CapMessage(
                identifier=f"{alert.alert_id}.{event.seq}",
                sender=sender.id,
                sent_at=event.at,
                status="Exercise" if alert.drill else "Actual",
                msg_type=kind,
                scope="Public" if policy.public else "Restricted",
                restriction="" if policy.public else "enforcement and the farm concerned",
                references=tuple(
                    CapReference(sender=one.sender, identifier=one.identifier, sent_at=one.sent_at) for one in told
                ),
                note="演练 EXERCISE" if alert.drill else "",
                infos=(_info(alert, policy, sender, "zh-CN"), _info(alert, policy, sender, "en")),
            )
        )
    return told


def current(alert: Alert, events: Sequence[Event], policy: Policy, sender: Sender) -> CapMessage | None:
    """Return the newest message of an alert, None when the outside never heard of it."""
    told = messages_of(alert, events, policy, sender)
    return told[-1] if told else None


def _info(alert: Alert, policy: Policy, sender: Sender, language: str) -> CapInfo:
    zh = language.startswith("zh")
    name = alert.subject.name or alert.subject.id
    event, reason = (policy.name_zh, alert.reason_zh) if zh else (policy.name_en, alert.reason_en)
    over = alert.condition is Condition.CLEARED or alert.handling in (Handling.RETRACTED, Handling.EXPIRED)
    return CapInfo(
        language=language,
        category=(policy.category,),
        event=event,
        urgency="Past" if over else _urgency(alert),
        severity=alert.severity.cap,
        certainty=_certainty(alert.probability),
        response=("AllClear",) if over else ("Shelter",) if policy.category == "Met" else ("Execute",),
        effective_at=alert.raised_at,
        onset_at=alert.valid_from,
        expires_at=alert.valid_until,
        sender_name=sender.name_zh if zh else sender.name_en,
        headline=f"{alert.severity.zh}色{event}：{name}" if zh else f"{event}: {name}",
        description=reason,
        instruction=alert.advice_zh if zh else alert.advice_en,
        parameters=(("rule", alert.rule), ("rule_version", alert.rule_version)),
        areas=(_area(alert, name, policy),),
    )


def _area(alert: Alert, name: str, policy: Policy) -> CapArea:
    if alert.place is None:
        return CapArea(description=name)
    return CapArea(description=name, polygons=(around(alert.place, _RADIUS_KM.get(policy.category, 2.0)),))


def around(place: Place, radius_km: float) -> tuple[Point, ...]:
    """Return a closed polygon of 24 corners around a place, counter-clockwise. [deg]"""
    corners = [
        destination(place.lat_deg, place.lon_deg, 360.0 - 360.0 * n / _VERTICES, radius_km * 1000 / M_PER_NM)
        for n in range(_VERTICES)
    ]
    return (*corners, corners[0])


def _urgency(alert: Alert) -> str:
    return "Future" if alert.valid_from and alert.valid_from > alert.observed_at else "Immediate"


def _certainty(probability: float | None) -> str:
    if probability is None:
        return "Observed"
    return "Likely" if probability > 0.5 else "Possible"


def inside(message: CapMessage, point: Point) -> bool:
    """Return whether a point is in any polygon or circle of a message; False when its areas have none."""
    areas = [area for info in message.infos for area in info.areas]
    return any(
        any(in_polygon(polygon, point) for polygon in area.polygons)
        or any(in_circle(centre, radius_km, point) for centre, radius_km in area.circles)
        for area in areas
    )


def has_shape(message: CapMessage) -> bool:
    """Return whether a message draws any polygon or circle; without one it is for the whole district."""
    return any(area.polygons or area.circles for info in message.infos for area in info.areas)


def in_polygon(polygon: Sequence[Point], point: Point) -> bool:
    """Return whether a point is inside a closed polygon (even-odd rule on the plate, its edge counts as inside)."""
    lat, lon = point
    odd = False
    for (lat1, lon1), (lat2, lon2) in pairwise(polygon):
        if _on_edge((lat1, lon1), (lat2, lon2), point):
            return True
        if (lat1 > lat) != (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1:
            odd = not odd
    return odd


def in_circle(centre: Point, radius_km: float, point: Point) -> bool:
    """Return whether a point is within a circle. [km]"""
    return range_nm(*centre, *point) * M_PER_NM / 1000 <= radius_km


def _on_edge(a: Point, b: Point, p: Point) -> bool:
    cross = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    if not math.isclose(cross, 0.0, abs_tol=1e-12):
        return False
    return min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])
