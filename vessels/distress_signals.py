"""Which messages are distress, which are a test, and which belong to one activation of one device."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.finding import Place
from core.geo import bearing_deg, range_nm
from core.mmsi import DISTRESS, MmsiClass, classify
from vessels.distress_help import ACTIVE_STATUS, Reach

RULE = "vessels.distress"
TEST_RULE = "vessels.distress_test"
TEST_STATUS = 15
_WORD = re.compile(r"[A-Z]+|\d+")


@dataclass(frozen=True, kw_only=True)
class DistressRules(Reach):
    """Limits of config/rules/distress.toml; each key is explained there with its source."""

    version: str
    source: str
    new_activation_after_s: float
    live_for_s: float
    test_words: tuple[str, ...]
    active_words: tuple[str, ...]
    call_words: tuple[str, ...] = ()
    cancel_words: tuple[str, ...] = ()


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


def concerns_distress(signal: Signal, rules: DistressRules) -> bool:
    """Return whether a message belongs to a distress device or claims distress."""
    return alarms_by_itself(signal) or calls_for_help(signal.text, rules)


def alarms_by_itself(signal: Signal) -> bool:
    """Return whether who sends and how is distress, whatever is said: dots on a radar, a distress device, status 14."""
    return signal.by_radar or signal.mmsi_class in DISTRESS or signal.nav_status == ACTIVE_STATUS


def calls_for_help(text: str, rules: DistressRules) -> bool:
    """Return whether a safety text calls for help: a call word stands in it whole, and nothing takes it back."""
    said = f" {' '.join(_WORD.findall(text.upper()))} "
    return any(f" {word} " in said for word in rules.call_words) and not any(
        f" {word} " in said for word in rules.cancel_words
    )


def says_test(signal: Signal, rules: DistressRules) -> bool | None:
    """Return True for a test, False for real, None when the message does not say.

    Status 14 is real, and so is a call for help. A safety text with TEST, or a distress device with status 15, is a
    test (ITU-R M.1371-5 table 45: 15 is used by AIS-SART, MOB-AIS and EPIRB-AIS under test).
    """
    text = signal.text.upper()
    if any(word in text for word in rules.test_words):
        return True
    if signal.by_radar or signal.nav_status == ACTIVE_STATUS or any(word in text for word in rules.active_words):
        return False
    if calls_for_help(signal.text, rules):
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
    for signal in sorted((s for s in signals if concerns_distress(s, rules)), key=lambda s: s.observed_at):
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
