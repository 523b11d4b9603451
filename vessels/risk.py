"""Which boats to inspect first: an additive score, every point with its reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Part:
    """Points that one rule's findings give."""

    rule: str
    points: float
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class RiskRules:
    """Limits of config/rules/risk.toml; each key is explained there with its source."""

    version: str
    source: str
    half_life_days: float
    most: float
    inspect_from: float
    watch_from: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class PastFinding:
    """A finding about a boat, from the log: `probability` scales its points."""

    rule: str
    at: datetime
    probability: float | None = None


@dataclass(frozen=True, kw_only=True)
class WatchEntry:
    """An entry of the watch list: points that a person gave, and why."""

    mmsi: int
    reason_zh: str
    reason_en: str
    points: float
    added_by: str
    added_at: datetime
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Score:
    """Points 0..most, advice, and where each point comes from, largest first: (zh, en, points)."""

    mmsi: int
    points: float
    advice: str
    reasons: tuple[tuple[str, str, float], ...]


def score(
    mmsi: int, findings: Iterable[PastFinding], entry: WatchEntry | None, rules: RiskRules, *, at: datetime
) -> Score:
    """Return the score of one boat.

    Of each rule the weightiest finding counts, halved every ``half_life_days`` and scaled by its probability; repeats
    add a quarter each up to double. A watch-list entry in force adds its own points.
    """
    past = list(findings)
    reasons = [r for part in rules.parts if (r := _part(part, [f for f in past if f.rule == part.rule], rules, at))]
    if entry is not None and (entry.until is None or at < entry.until):
        reasons.append(
            (f"重点关注：{entry.reason_zh}", f"watch list: {entry.reason_en or entry.reason_zh}", entry.points)
        )
    reasons.sort(key=lambda r: -r[2])
    total = min(rules.most, sum(points for *_, points in reasons))
    advice = "inspect" if total >= rules.inspect_from else "watch" if total >= rules.watch_from else "none"
    return Score(mmsi=mmsi, points=round(total, 1), advice=advice, reasons=tuple(reasons))


def _part(part: Part, found: list[PastFinding], rules: RiskRules, at: datetime) -> tuple[str, str, float] | None:
    weights = sorted((_weight(f, rules, at) for f in found if f.at <= at), reverse=True)
    if not weights or weights[0] < 0.02:
        return None
    repeats = min(1.0, 0.25 * sum(w / weights[0] for w in weights[1:]))
    points = round(part.points * weights[0] * (1.0 + repeats), 1)
    times = f"×{len(weights)}" if len(weights) > 1 else ""
    return f"{part.zh}{times}", f"{part.en}{times}", points


def _weight(finding: PastFinding, rules: RiskRules, at: datetime) -> float:
    days = (at - finding.at).total_seconds() / 86_400.0
    certain = 1.0 if finding.probability is None else finding.probability
    return float(certain * 0.5 ** (days / rules.half_life_days))


def ranking(
    findings: Mapping[int, list[PastFinding]], watched: Mapping[int, WatchEntry], rules: RiskRules, *, at: datetime
) -> list[Score]:
    """Return the scores of all boats with any reason, highest first."""
    boats = sorted(findings.keys() | watched.keys())
    scores = [score(mmsi, findings.get(mmsi, []), watched.get(mmsi), rules, at=at) for mmsi in boats]
    return sorted((s for s in scores if s.reasons), key=lambda s: (-s.points, s.mmsi))
