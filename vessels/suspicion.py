"""From verdicts to findings: what an officer is told of a suspected identity, in Chinese first."""

from collections.abc import Iterable

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from core.target import LimbState, TargetClass
from vessels.rules import Rules
from vessels.verdict import Verdict

RULE = "vessels.identity"
_ADVICE = {
    TargetClass.UNREGISTERED: ("请派船核查船名、证书和船籍港", "Check name, certificates and port of registry aboard"),
    TargetClass.BORROWED_IDENTITY: ("请联系本船船东核对，并登船核查", "Ask the true boat's owner, then check aboard"),
    TargetClass.SHARED_MMSI: ("请联系登记船东，逐船核对", "Ask the registered owner and check each boat"),
    TargetClass.SEVERAL_MMSI: ("请登船核查船载终端", "Check the transponders aboard"),
    TargetClass.GEAR_BUOY: ("按网位仪管理规定处置", "Deal with it under the gear buoy rules"),
    TargetClass.MISCONFIGURED: ("请通知船东改正设备信息", "Have the owner set the transponder right"),
}


def findings(verdicts: Iterable[Verdict], rules: Rules, open_keys: frozenset[str]) -> list[Finding]:
    """Return one finding for each suspected class, and CLEARED for open ones that no longer hold.

    A suspicion is raised from ``[live] raise_at`` on and kept down to ``clear_below``; a target that cannot be judged
    clears nothing.
    """
    found: list[Finding] = []
    for verdict in verdicts:
        for target_class in _ADVICE:
            key = f"{RULE}.{target_class.value}:{verdict.target_id}"
            condition = _condition(verdict, target_class, rules, key in open_keys)
            if condition is not None:
                found.append(_finding(verdict, target_class, key, condition, rules))
    return found


def _condition(verdict: Verdict, target_class: TargetClass, rules: Rules, is_open: bool) -> Condition | None:
    bounds = rules.screening.live
    if verdict.target_class is target_class:
        needed = bounds.clear_below if is_open else bounds.raise_at
        if verdict.probability >= needed:
            return Condition.ACTIVE
        return Condition.CLEARED if is_open else None
    if not is_open:
        return None
    unsure = verdict.target_class in (TargetClass.UNKNOWN, TargetClass.UNIDENTIFIED)
    return Condition.UNKNOWN if unsure else Condition.CLEARED


def _finding(verdict: Verdict, target_class: TargetClass, key: str, condition: Condition, rules: Rules) -> Finding:
    advice = _ADVICE[target_class]
    return Finding(
        key=key, rule=key.partition(":")[0], rule_version=verdict.rule_version, condition=condition,
        severity=Severity(rules.screening.severity[target_class.value]),
        subject=Subject(kind=SubjectKind.TARGET, id=verdict.target_id, name=called(verdict)),
        observed_at=verdict.last_seen_at, reason_zh=f"{verdict.target_class.zh}：{verdict.reasons_zh[0]}",
        reason_en=f"{verdict.target_class.en}: {verdict.reasons_en[0]}", advice_zh=advice[0], advice_en=advice[1],
        place=_place(verdict), probability=verdict.probability,
        evidence=(*verdict.evidence, *_limb_evidence(verdict), *_register_evidence(verdict)),
        values={
            "class": verdict.target_class.value, "mmsi": float(verdict.mmsi), "name": verdict.name or None,
            **{name: value for name, value in verdict.facts.items() if value is not None},
        },
    )  # fmt: skip


def _place(verdict: Verdict) -> Place | None:
    if verdict.lat_deg is None or verdict.lon_deg is None:
        return None
    return Place(lat_deg=verdict.lat_deg, lon_deg=verdict.lon_deg)


def called(verdict: Verdict) -> str:
    """Return what people call a target: its registered name, else what it sends, else its number."""
    if verdict.row is not None and verdict.target_class in (TargetClass.REGISTERED, TargetClass.EXEMPT):
        return verdict.row.name_zh
    return verdict.name or f"MMSI {verdict.mmsi}"


def _limb_evidence(verdict: Verdict) -> list[Evidence]:
    words = {"name": "船名船号", "certificate": "证书", "port": "船籍港", "match": "身份一致"}
    return [
        Evidence(kind=f"limb_{name}", text=f"{words[name]}：{limb.state.zh}，{limb.reason_zh}")
        for name, limb in verdict.limbs.items()
        if limb.state is not LimbState.UNKNOWN
    ]


def _register_evidence(verdict: Verdict) -> list[Evidence]:
    row = verdict.row
    if row is None:
        return []
    text = f"{row.name_zh}，MMSI {row.mmsi or '—'}，{row.port or '—'}"
    return [Evidence(kind="register", text=text, ref=f"{row.boat_id}:{row.version}")]
