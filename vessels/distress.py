"""Distress at sea: the alarm, with who can help first and how far the casualty has drifted.

One alarm per activation: the device's bursts only refresh it, and a person's closing holds until the device has been
silent for long and is heard anew.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from core.mmsi import MmsiClass, classify
from vessels.distress_help import Helper, Refuge, helpers
from vessels.distress_signals import RULE, TEST_RULE, Activation, DistressRules, drift
from vessels.fleet import Fleet, compass_zh

_WORDS = {
    MmsiClass.SART: ("搜救应答器", "AIS-SART"),
    MmsiClass.MOB: ("落水人员示位标", "man-overboard beacon"),
    MmsiClass.EPIRB: ("应急示位标", "EPIRB-AIS"),
}
RADAR_WORDS = ("雷达搜救应答信号", "radar SART dots")


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
    a = _placed(a, fleet)
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


def _placed(a: Activation, fleet: Fleet) -> Activation:
    """Return the activation with the caller's own newest position, where the call itself had none."""
    row = fleet.row_of.get(int(a.device)) if a.device.isdigit() else None
    if a.last is not None or row is None:
        return a
    return replace(a, last=Place(lat_deg=fleet.targets[row].lat_deg, lon_deg=fleet.targets[row].lon_deg))


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
