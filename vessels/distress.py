"""Distress at sea: which messages are an alarm, which are a test, and who can help first.

One alarm per activation: the device's bursts only refresh it, and a person's closing holds until the device has been
silent for long and is heard anew.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from core.geo import bearing_deg, range_nm
from core.mmsi import DISTRESS, MmsiClass, classify
from vessels.fleet import Fleet, Role, compass_zh, ranges_nm

RULE = "vessels.distress"
TEST_RULE = "vessels.distress_test"
ACTIVE_STATUS, TEST_STATUS = 14, 15
_WORDS = {
    MmsiClass.SART: ("搜救应答器", "AIS-SART"),
    MmsiClass.MOB: ("落水人员示位标", "man-overboard beacon"),
    MmsiClass.EPIRB: ("应急示位标", "EPIRB-AIS"),
}
RADAR_WORDS = ("雷达搜救应答信号", "radar SART dots")


@dataclass(frozen=True, kw_only=True)
class Station:
    """A rescue station: how fast its boat is and how to reach it."""

    id: str
    name_zh: str
    name_en: str
    lat_deg: float
    lon_deg: float
    speed_kn: float
    phone: str


@dataclass(frozen=True, kw_only=True)
class DistressRules:
    """Limits of config/rules/distress.toml; each key is explained there with its source."""

    version: str
    source: str
    new_activation_after_s: float
    live_for_s: float
    test_words: tuple[str, ...]
    active_words: tuple[str, ...]
    helpers: int
    helper_range_nm: float
    helper_speed_kn: float
    cage_range_nm: float
    stations: tuple[Station, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One message that may be distress: a position, a safety text, or radar SART dots that an operator reported.

    Parameters
    ----------
    device
        MMSI as text, or ``radar:<track>`` for dots on a radar.
    lat_deg, lon_deg
        None when the device has no fix yet: still an alarm.
    """

    device: str
    observed_at: datetime
    lat_deg: float | None = None
    lon_deg: float | None = None
    nav_status: int | None = None
    text: str = ""
    raw: str = ""

    @property
    def mmsi_class(self) -> MmsiClass:
        """Return the station class of the device's number."""
        return classify(int(self.device)) if self.device.isdigit() else MmsiClass.UNIDENTIFIABLE

    @property
    def by_radar(self) -> bool:
        """Return whether a radar operator reported it."""
        return self.device.startswith("radar:")


@dataclass(frozen=True, kw_only=True)
class Activation:
    """One activation of one device, from its first message on.

    Parameters
    ----------
    announced
        The alarm has been open once: if it is not open now, a person closed it and it stays silent.
    """

    device: str
    started_at: datetime
    last_at: datetime
    is_test: bool
    messages: int = 1
    first: Place | None = None
    first_fix_at: datetime | None = None
    last: Place | None = None
    last_fix_at: datetime | None = None
    raw: str = ""
    announced: bool = False

    @property
    def key(self) -> str:
        """Return the finding key: device and start, so that a new activation is a new alarm."""
        return self.real_key.replace(RULE, TEST_RULE, 1) if self.is_test else self.real_key

    @property
    def real_key(self) -> str:
        """Return the key that the activation has as a real alarm."""
        return f"{RULE}:{self.device}@{int(self.started_at.timestamp())}"


@dataclass(frozen=True, kw_only=True)
class Refuge:
    """A cage or platform that people at sea could reach or that could send a boat."""

    id: str
    name_zh: str
    name_en: str
    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, kw_only=True)
class Helper:
    """Who is near: straight distance, bearing from the casualty, time at their speed."""

    name_zh: str
    name_en: str
    range_nm: float
    bearing_deg: float
    time_min: float
    kind: str


def concerns_distress(signal: Signal) -> bool:
    """Return whether a message belongs to a distress device or claims distress."""
    return signal.by_radar or signal.mmsi_class in DISTRESS or signal.nav_status == ACTIVE_STATUS


def says_test(signal: Signal, rules: DistressRules) -> bool | None:
    """Return True for a test, False for real, None when the message does not say.

    Status 14 is real. A safety text with TEST, or a distress device with status 15, is a test (ITU-R M.1371-5
    table 45: 15 is used by AIS-SART, MOB-AIS and EPIRB-AIS under test).
    """
    text = signal.text.upper()
    if any(word in text for word in rules.test_words):
        return True
    if signal.by_radar or signal.nav_status == ACTIVE_STATUS or any(word in text for word in rules.active_words):
        return False
    if signal.nav_status == TEST_STATUS and signal.mmsi_class in DISTRESS:
        return True
    return None


def follow(
    activations: Mapping[str, Activation], signals: Iterable[Signal], rules: DistressRules
) -> dict[str, Activation]:
    """Return the newest activation of each device after more messages, in order of time.

    A test that is then said to be real becomes a new, real activation; a real one never becomes a test by a later
    position, only by a text that says TEST within its first two minutes.
    """
    current = dict(activations)
    for signal in sorted((s for s in signals if concerns_distress(s)), key=lambda s: s.observed_at):
        known = current.get(signal.device)
        current[signal.device] = _step(known, signal, rules)
    return current


def _step(known: Activation | None, signal: Signal, rules: DistressRules) -> Activation:
    verdict = says_test(signal, rules)
    silence = timedelta(seconds=rules.new_activation_after_s)
    if known is None or signal.observed_at - known.last_at >= silence:
        return _located(_start(signal, is_test=verdict is True), signal)
    if known.is_test and verdict is False:
        return _located(_start(signal, is_test=False), signal)
    early = signal.observed_at - known.started_at <= timedelta(seconds=120)
    is_test = True if verdict is True and signal.text and early else known.is_test
    newest = max(known.last_at, signal.observed_at)
    return _located(replace(known, last_at=newest, messages=known.messages + 1, is_test=is_test), signal)


def _start(signal: Signal, *, is_test: bool) -> Activation:
    return Activation(
        device=signal.device,
        started_at=signal.observed_at,
        last_at=signal.observed_at,
        is_test=is_test,
        raw=signal.raw,
    )


def _located(activation: Activation, signal: Signal) -> Activation:
    if signal.lat_deg is None or signal.lon_deg is None:
        return activation
    if activation.last_fix_at is not None and signal.observed_at < activation.last_fix_at:
        return activation
    place = Place(lat_deg=signal.lat_deg, lon_deg=signal.lon_deg)
    if activation.first is None:
        activation = replace(activation, first=place, first_fix_at=signal.observed_at)
    return replace(activation, last=place, last_fix_at=signal.observed_at)


def drift(activation: Activation) -> tuple[float, float, float] | None:
    """Return (distance_nm, bearing_deg, speed_kn) from the first fix to the newest, None before two minutes."""
    if activation.first is None or activation.last is None:
        return None
    if activation.first_fix_at is None or activation.last_fix_at is None:
        return None
    hours = (activation.last_fix_at - activation.first_fix_at).total_seconds() / 3600.0
    if hours < 2 / 60:
        return None
    points = (activation.first.lat_deg, activation.first.lon_deg, activation.last.lat_deg, activation.last.lon_deg)
    gone = range_nm(*points)
    return gone, bearing_deg(*points), gone / hours


def helpers(place: Place, fleet: Fleet, refuges: Sequence[Refuge], rules: DistressRules) -> list[Helper]:
    """Return the nearest boats, cages and the nearest station, each with distance, bearing and time to reach.

    A boat's speed is its present one when it is under way, else ``helper_speed_kn``. Distances are straight.
    """
    found = _nearest_boats(place, fleet, rules)
    near = [_helper(place, r.name_zh, r.name_en, r.lat_deg, r.lon_deg, rules.helper_speed_kn, "cage") for r in refuges]
    found += sorted((h for h in near if h.range_nm <= rules.cage_range_nm), key=lambda h: h.range_nm)[:2]
    stations = [
        _helper(place, s.name_zh, s.name_en, s.lat_deg, s.lon_deg, s.speed_kn, "station") for s in rules.stations
    ]
    return found + sorted(stations, key=lambda h: h.time_min)[:1]


def _nearest_boats(place: Place, fleet: Fleet, rules: DistressRules) -> list[Helper]:
    if not len(fleet):
        return []
    here = np.full(len(fleet), place.lat_deg), np.full(len(fleet), place.lon_deg)
    far = ranges_nm(*here, fleet.lat_deg, fleet.lon_deg)
    speed = np.fmax(np.nan_to_num(fleet.sog_kn), rules.helper_speed_kn)
    usable = (fleet.role != Role.NOT_A_BOAT) & (far <= rules.helper_range_nm) & (fleet.nav_status != ACTIVE_STATUS)
    rows = np.flatnonzero(usable)
    rows = rows[np.argsort(far[rows] / speed[rows], kind="stable")][: rules.helpers]
    boats = ((fleet.targets[row], float(speed[row])) for row in rows)
    return [_helper(place, t.title_zh, t.title_en, t.lat_deg, t.lon_deg, kn, "boat") for t, kn in boats]


def _helper(
    place: Place, name_zh: str, name_en: str, lat_deg: float, lon_deg: float, speed_kn: float, kind: str
) -> Helper:
    far_nm = range_nm(place.lat_deg, place.lon_deg, lat_deg, lon_deg)
    return Helper(
        name_zh=name_zh,
        name_en=name_en,
        range_nm=far_nm,
        bearing_deg=bearing_deg(place.lat_deg, place.lon_deg, lat_deg, lon_deg),
        time_min=60.0 * far_nm / speed_kn,
        kind=kind,
    )


def judge(
    activations: Iterable[Activation],
    fleet: Fleet,
    refuges: Sequence[Refuge],
    rules: DistressRules,
    open_keys: frozenset[str],
    *,
    at: datetime,
) -> list[Finding]:
    """Return one finding per live activation; none for one whose alarm a person has closed.

    Silence of the device never clears: only people end a distress.
    """
    findings = []
    for activation in activations:
        recent = at - activation.last_at < timedelta(seconds=rules.live_for_s)
        closed = activation.announced and activation.key not in open_keys
        if recent and not closed:
            findings.append(_finding(activation, fleet, refuges, rules))
        if activation.is_test and activation.real_key in open_keys:
            findings.append(_retraction(activation, fleet, rules))
    return findings


def _retraction(a: Activation, fleet: Fleet, rules: DistressRules) -> Finding:
    """Return the end of an alarm whose device then said that it was only tested."""
    return replace(
        _finding(a, fleet, (), rules),
        key=a.real_key,
        rule=RULE,
        condition=Condition.CLEARED,
        severity=Severity.RED,
        reason_zh="设备随后声明为测试",
        reason_en="The device then said that this was a test",
    )


def _finding(a: Activation, fleet: Fleet, refuges: Sequence[Refuge], rules: DistressRules) -> Finding:
    word_zh, word_en = _device_words(a.device, fleet)
    near = helpers(a.last, fleet, refuges, rules) if a.last and not a.is_test else []
    moved = drift(a)
    return Finding(
        key=a.key,
        rule=TEST_RULE if a.is_test else RULE,
        rule_version=rules.version,
        condition=Condition.ACTIVE,
        severity=Severity.BLUE if a.is_test else Severity.RED,
        subject=Subject(kind=SubjectKind.TARGET, id=a.device, name=word_zh),
        observed_at=a.last_at,
        valid_from=a.started_at,
        place=a.last,
        reason_zh=_reason_zh(a, word_zh, moved),
        reason_en=_reason_en(a, word_en, moved),
        advice_zh="仅为设备测试，记录即可" if a.is_test else f"立即核实并组织救助，报12395。{_helpers_zh(near)}",
        advice_en="Device test: log only" if a.is_test else f"Verify and start rescue, call 12395. {_helpers_en(near)}",
        evidence=_evidence(a, near),
        values=_values(a, near, moved),
    )


def _device_words(device: str, fleet: Fleet) -> tuple[str, str]:
    if device.startswith("radar:"):
        return RADAR_WORDS
    kind = classify(int(device))
    if kind in _WORDS:
        zh, en = _WORDS[kind]
        return f"{zh}{device}", f"{en} {device}"
    row = fleet.row_of.get(int(device))
    if row is None:
        return f"MMSI {device}", f"MMSI {device}"
    return fleet.targets[row].title_zh, fleet.targets[row].title_en


def _where_zh(a: Activation) -> str:
    return f"，{a.last.lat_deg:.4f}N {a.last.lon_deg:.4f}E" if a.last else "，尚无船位"


def _reason_zh(a: Activation, word: str, moved: tuple[float, float, float] | None) -> str:
    if a.is_test:
        return f"{word}发出测试信号{_where_zh(a)}"
    gone = f"，已漂移{moved[0]:.1f}海里（向{compass_zh(moved[1])}{moved[2]:.1f}节）" if moved else ""
    return f"{word}发出遇险信号{_where_zh(a)}{gone}"


def _reason_en(a: Activation, word: str, moved: tuple[float, float, float] | None) -> str:
    where = f" at {a.last.lat_deg:.4f}N {a.last.lon_deg:.4f}E" if a.last else ", no position yet"
    gone = (
        f"; drifted {moved[0]:.1f} nmi towards {moved[1]:.0f} deg at {moved[2]:.1f} kn"
        if moved and not a.is_test
        else ""
    )
    return f"{word} sends {'a test' if a.is_test else 'distress'}{where}{gone}"


def _helpers_zh(near: Sequence[Helper]) -> str:
    first = [h for h in near if h.kind == "boat"][:1] + [h for h in near if h.kind == "station"][:1]
    return "；".join(f"{h.name_zh}距{h.range_nm:.1f}海里约{math.ceil(h.time_min)}分钟" for h in first)


def _helpers_en(near: Sequence[Helper]) -> str:
    first = [h for h in near if h.kind == "boat"][:1] + [h for h in near if h.kind == "station"][:1]
    return "; ".join(f"{h.name_en} {h.range_nm:.1f} nmi, about {math.ceil(h.time_min)} min" for h in first)


def _evidence(a: Activation, near: Sequence[Helper]) -> tuple[Evidence, ...]:
    first = Evidence(kind="sentence", text=a.raw or f"first message of {a.device}", observed_at=a.started_at)
    return (
        first,
        *(
            Evidence(
                kind=f"helper_{h.kind}",
                text=f"{h.name_zh} {h.range_nm:.2f} nmi {h.bearing_deg:.0f}° {h.time_min:.0f} min",
            )
            for h in near
        ),
    )


def _values(
    a: Activation, near: Sequence[Helper], moved: tuple[float, float, float] | None
) -> dict[str, float | str | None]:
    values: dict[str, float | str | None] = {
        "device": a.device,
        "started_at": a.started_at.astimezone(UTC).isoformat(),
        "messages": float(a.messages),
    }
    if moved:
        values |= {"drift_nm": round(moved[0], 3), "drift_bearing_deg": round(moved[1]), "drift_kn": round(moved[2], 2)}
    for place, helper in enumerate(near):
        values[f"helper_{place}"] = helper.name_zh
        values[f"helper_{place}_range_nm"] = round(helper.range_nm, 2)
        values[f"helper_{place}_time_min"] = round(helper.time_min, 1)
    return values
