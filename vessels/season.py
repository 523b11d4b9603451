"""Closed season: may this gear fish here and now, and is the boat fishing all the same?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from core.target import TargetClass
from vessels.fishing import Activity, Doing, FishingRules, guess_gear
from vessels.fleet import Fleet, Role, Target
from vessels.track_grid import Grid

RULE = "vessels.season"
ANY = "*"


@dataclass(frozen=True, kw_only=True)
class SeasonRule:
    """One row of a notice: these gears, this belt, these dates.

    Parameters
    ----------
    gears
        Gears that it closes, ``*`` for all but `SeasonRules.open_gears` and its own `except_gears`.
    lat_from_deg, lat_until_deg
        Belt, both ends inclusive. [deg]
    closed_from, closed_until
        From the first instant (inclusive) to the last (exclusive), with a time zone.
    """

    rule_id: str
    name_zh: str
    gears: tuple[str, ...]
    lat_from_deg: float
    lat_until_deg: float
    closed_from: datetime
    closed_until: datetime
    except_gears: tuple[str, ...] = ()
    source: str = ""
    version: str = ""

    def __post_init__(self) -> None:
        if self.closed_from.tzinfo is None or self.closed_until.tzinfo is None:
            raise ValueError(f"{self.rule_id}: closed_from and closed_until need a time zone, e.g. +08:00.")
        if self.closed_until <= self.closed_from or self.lat_until_deg <= self.lat_from_deg:
            raise ValueError(f"{self.rule_id}: the end must come after the beginning, the north after the south.")


@dataclass(frozen=True, kw_only=True)
class SeasonRules:
    """Limits of config/rules/season.toml; each key is explained there with its source."""

    version: str
    source: str
    open_gears: tuple[str, ...]
    confident: float
    exempt_kinds: tuple[TargetClass, ...]
    rules: tuple[SeasonRule, ...]


@dataclass(frozen=True, kw_only=True)
class SeasonPermit:
    """A special permit (专项捕捞) of one boat: from its first instant to its last (exclusive)."""

    mmsi: int
    document_no: str
    valid_from: datetime
    valid_until: datetime
    gear: str = ANY


def closing_rule(gear: str, lat_deg: float, at: datetime, rules: SeasonRules) -> SeasonRule | None:
    """Return the rule that closes a gear at a latitude and instant, None when it may fish."""
    for rule in rules.rules:
        here = rule.lat_from_deg <= lat_deg <= rule.lat_until_deg
        now = rule.closed_from <= at < rule.closed_until
        if here and now and _closes(rule, gear, rules.open_gears):
            return rule
    return None


def _closes(rule: SeasonRule, gear: str, open_gears: Sequence[str]) -> bool:
    if _named(gear, rule.except_gears):
        return False
    return _named(gear, rule.gears) or (ANY in rule.gears and not _named(gear, open_gears))


def _named(gear: str, names: Sequence[str]) -> bool:
    """Return whether a register's gear is one of the names: 单船拖网 is a 拖网."""
    return any(name != ANY and (name == gear or (name in gear and bool(gear))) for name in names)


def permit_for(
    mmsi: int, gear: str | None, at: datetime, permits: Mapping[int, Sequence[SeasonPermit]]
) -> SeasonPermit | None:
    """Return the permit that lets a boat fish at an instant, None when it has none.

    A boat whose gear is not known is taken to use what its permit allows: a permitted boat is never flagged.
    """
    for permit in permits.get(mmsi, ()):
        fits = permit.gear == ANY or not gear or _named(gear, (permit.gear,))
        if fits and permit.valid_from <= at < permit.valid_until:
            return permit
    return None


def judge(
    fleet: Fleet,
    doing: Doing,
    grid: Grid,
    rules: SeasonRules,
    fishing: FishingRules,
    permits: Mapping[int, Sequence[SeasonPermit]],
    open_keys: frozenset[str],
) -> list[Finding]:
    """Return a finding for each boat that fishes in the closed season, and the end of each that stopped."""
    findings = []
    live = fleet.age_s <= 3600.0
    active = live & (fleet.role == Role.FISHING) & (doing.state == Activity.FISHING)
    for row in map(int, np.flatnonzero(active)):
        target = fleet.targets[row]
        found = _judge_boat(target, grid[:, [row]], float(doing.fishing_min[row]), rules, fishing, permits, fleet.at)
        findings += [found] if found else _end(fleet, row, rules, open_keys, "可在此时此地作业", "May fish here now")
    for row in _open_rows(fleet, open_keys):
        if active[row] or not live[row]:
            continue
        if doing.state[row] == Activity.PORT or doing.idle_min[row] >= fishing.ended_min:
            findings += _end(fleet, row, rules, open_keys, "已停止作业", "No longer fishing")
    return findings


def _open_rows(fleet: Fleet, open_keys: frozenset[str]) -> list[int]:
    """Return the rows of boats whose finding is open and that are still in the picture."""
    numbers = [int(key.removeprefix(f"{RULE}:")) for key in sorted(open_keys) if key.startswith(f"{RULE}:")]
    return [fleet.row_of[n] for n in numbers if n in fleet.row_of]


def _judge_boat(
    target: Target, track: Grid, minutes: float, rules: SeasonRules, fishing: FishingRules,
    permits: Mapping[int, Sequence[SeasonPermit]], at: datetime,
) -> Finding | None:  # fmt: skip
    gear = target.register.gear if target.register else None
    if target.kind in rules.exempt_kinds or permit_for(target.mmsi, gear, at, permits):
        return None
    if gear:
        rule = closing_rule(gear, target.lat_deg, at, rules)
        return _finding(target, gear, 1.0, minutes, rule, rules) if rule else None
    chance, guess, rule = _by_guess(track, target.lat_deg, at, rules, fishing)
    return _finding(target, guess, chance, minutes, rule, rules) if rule and chance >= rules.confident else None


def _by_guess(
    track: Grid, lat_deg: float, at: datetime, rules: SeasonRules, fishing: FishingRules
) -> tuple[float, str, SeasonRule | None]:
    """Return the probability that the gear in use is closed here, the likeliest gear, and a rule that closes one."""
    chances = guess_gear(track, fishing)[0]
    closed = [closing_rule(g.name, lat_deg, at, rules) for g in fishing.gears]
    total = float(sum(c for c, rule in zip(chances, closed, strict=True) if rule))
    return total, fishing.gears[int(chances.argmax())].name, next((r for r in closed if r), None)


def _finding(target: Target, gear: str, chance: float, minutes: float, rule: SeasonRule, rules: SeasonRules) -> Finding:
    known = target.register is not None and bool(target.register.gear)
    word = gear if known else f"疑似{gear}"
    return Finding(
        key=f"{RULE}:{target.mmsi}",
        rule=RULE,
        rule_version=rule.version or rules.version,
        condition=Condition.ACTIVE,
        severity=Severity.ORANGE,
        subject=Subject(kind=SubjectKind.TARGET, id=str(target.mmsi), name=target.title_zh),
        observed_at=target.observed_at,
        place=Place(lat_deg=target.lat_deg, lon_deg=target.lon_deg),
        probability=None if known else round(chance, 3),
        reason_zh=f"休渔期内疑似作业（{word}），低速已{minutes:.0f}分钟",
        reason_en=f"Seems to be fishing in the closed season ({gear}), slow for {minutes:.0f} min",
        advice_zh="请核实；属违规的立即停止作业回港",
        advice_en="Verify; if in breach, stop fishing and return to port",
        evidence=(
            Evidence(kind="rule", ref=rule.rule_id, text=f"{rule.name_zh} {rule.source or rules.source}"),
            Evidence(kind="position", text=f"MMSI {target.mmsi}", observed_at=target.observed_at),
        ),
        values={
            "gear": gear,
            "gear_known": float(known),
            "fishing_min": round(minutes),
            "season_rule": rule.rule_id,
            "closed_until": rule.closed_until.astimezone(UTC).isoformat(),
        },
    )


def _end(fleet: Fleet, row: int, rules: SeasonRules, open_keys: frozenset[str], zh: str, en: str) -> list[Finding]:
    target = fleet.targets[row]
    key = f"{RULE}:{target.mmsi}"
    if key not in open_keys:
        return []
    return [
        Finding(
            key=key,
            rule=RULE,
            rule_version=rules.version,
            condition=Condition.CLEARED,
            severity=Severity.ORANGE,
            subject=Subject(kind=SubjectKind.TARGET, id=str(target.mmsi), name=target.title_zh),
            observed_at=target.observed_at,
            place=Place(lat_deg=target.lat_deg, lon_deg=target.lon_deg),
            reason_zh=zh,
            reason_en=en,
        )
    ]
