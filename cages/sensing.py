"""Can the cage be seen at all? A blind cage is an alert of its own; silence is never taken for health."""

from collections.abc import Mapping
from datetime import datetime

from cages.limits import SensingRule
from cages.snapshot import CageSnapshot, SeriesWindow
from core.finding import Condition, Evidence, Finding, Severity
from core.qc import QcFlag
from core.units import QUANTITIES

RULE = "cages.blind"


def judge_sight(
    snapshot: CageSnapshot, rule: SensingRule, *, at: datetime, open_severity: Mapping[str, Severity]
) -> list[Finding]:
    """Return a finding for each watched quantity that has had no good sample for too long, or has again.

    A cage that never carried a quantity is not blind to it.
    """
    findings = []
    for quantity in rule.watched:
        windows = snapshot.of_quantity(quantity)
        if windows:
            findings += _judge_quantity(snapshot, rule, quantity, windows, at, open_severity)
    return findings


def _judge_quantity(
    snapshot: CageSnapshot,
    rule: SensingRule,
    quantity: str,
    windows: list[SeriesWindow],
    at: datetime,
    open_severity: Mapping[str, Severity],
) -> list[Finding]:
    key = f"{RULE}:{snapshot.cage}.{quantity}"
    last_good_at = max((t for t in map(_last_good_at, windows) if t is not None), default=None)
    blind = last_good_at is None or (at - last_good_at).total_seconds() > rule.blind_after_s
    if not blind and key not in open_severity:
        return []
    return [_finding(snapshot, rule, key, quantity, last_good_at, at, blind=blind)]


def _last_good_at(window: SeriesWindow) -> datetime | None:
    return next((s.observed_at for s in reversed(window.samples) if s.qc is QcFlag.GOOD and s.value is not None), None)


def _finding(
    snapshot: CageSnapshot,
    rule: SensingRule,
    key: str,
    quantity: str,
    last_good_at: datetime | None,
    at: datetime,
    *,
    blind: bool,
) -> Finding:
    words = QUANTITIES[quantity]
    minutes = None if last_good_at is None else (at - last_good_at).total_seconds() / 60
    since_zh = "一直没有可信读数" if minutes is None else f"已{minutes:.0f}分钟没有可信读数"
    since_en = "has had no good reading" if minutes is None else f"no good reading for {minutes:.0f} min"
    return Finding(
        key=key,
        rule=RULE,
        rule_version=rule.version,
        condition=Condition.ACTIVE if blind else Condition.CLEARED,
        severity=rule.severity,
        subject=snapshot.subject,
        observed_at=at if blind or last_good_at is None else last_good_at,
        reason_zh=f"{snapshot.name}{words.zh}{since_zh}" if blind else f"{snapshot.name}{words.zh}读数恢复",
        reason_en=f"{snapshot.name}: {words.en}, {since_en}" if blind else f"{snapshot.name}: {words.en} is seen again",
        place=snapshot.place,
        evidence=(
            Evidence(kind="silence", ref=key, text=f"blind after {rule.blind_after_s:g} s", observed_at=last_good_at),
        ),
        values={"case": "silent", "quantity": quantity, "silent_min": None if minutes is None else round(minutes, 1)},
    )
