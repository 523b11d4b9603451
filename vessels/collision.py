"""Collision of merchant and fishing boat: which pairs, how near, how soon, and when to keep quiet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
from scipy.spatial import cKDTree

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from vessels.cpa import (
    Approach,
    closest_approach,
    convergence_deg,
    relative_plane_nm,
    sampled_approach,
    turned_kn,
    turning_offset_nm,
)
from vessels.fleet import Bools, Fleet, Floats, Ints, Role
from vessels.motion import Motion

RULE = "vessels.collision"
SAMPLE_S = 20.0
"""Step of sampled paths; legs between samples are exact. [s]"""
PLANE_MARGIN = 1.03
"""Search radius factor that covers the fleet plane's distortion."""
ANCHORED, MOORED = 1, 5
"""Navigational status of ITU-R M.1371-5 table 45."""


@dataclass(frozen=True, kw_only=True)
class CollisionRules:
    """Limits of config/rules/collision.toml; each key is explained there with its source."""

    version: str
    source: str
    raise_cpa_nm: float
    raise_tcpa_s: float
    certain_tcpa_s: float
    clear_cpa_nm: float
    clear_tcpa_s: float
    passed_s: float
    hold_s: float
    for_s: float
    red_cpa_nm: float
    red_tcpa_s: float
    turn_for_s: float
    slow_kn: float
    min_speed_kn: float
    small_length_m: float
    anchored_kn: float
    max_age_s: float

    def __post_init__(self) -> None:
        if self.clear_cpa_nm < self.raise_cpa_nm or self.clear_tcpa_s < self.raise_tcpa_s:
            raise ValueError("clear_cpa_nm and clear_tcpa_s must not be below raise_cpa_nm and raise_tcpa_s.")


@dataclass(frozen=True, kw_only=True)
class PairMemory:
    """What one look leaves for the next, unix seconds by finding key; empty after a restart.

    Parameters
    ----------
    since_s
        When a pair not yet raised was first seen in danger, as long as it stays so.
    last_danger_s
        When a raised pair was last in danger.
    """

    since_s: Mapping[str, float] = field(default_factory=dict)
    last_danger_s: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Pairs looked at, columns of shape (pair,): rows of the fleet and the two looks at each approach."""

    merchant: Ints
    fishing: Ints
    reported: Approach
    tracked: Approach


def candidate_pairs(
    fleet: Fleet, motion: Motion, rules: CollisionRules, quiet: Bools | None = None
) -> tuple[Ints, Ints]:
    """Return the rows of (merchant, fishing boat) that could meet within the clearing time.

    Parameters
    ----------
    quiet
        True for targets that never warn, e.g. those inside a port or at their berth, shape (target,).

    Notes
    -----
    A k-d tree of the fishing boats is asked for those within reach of each merchant: no all-pairs loop.
    """
    awake = (fleet.age_s <= rules.max_age_s) & ~_lying_still(fleet, rules)
    if quiet is not None:
        awake &= ~quiet
    merchant = np.flatnonzero(awake & (fleet.role == Role.MERCHANT) & (motion.speed_kn >= rules.slow_kn))
    fishing = np.flatnonzero(awake & (fleet.role == Role.FISHING))
    if not len(merchant) or not len(fishing):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    fastest_kn = min(float(motion.speed_kn[fishing].max()), 25.0)
    reach_nm = (motion.speed_kn[merchant] + fastest_kn) * rules.clear_tcpa_s / 3600.0 + rules.clear_cpa_nm
    near = cKDTree(fleet.plane_nm[fishing]).query_ball_point(
        fleet.plane_nm[merchant], reach_nm * PLANE_MARGIN, return_sorted=False
    )
    first = np.repeat(merchant, [len(n) for n in near])
    second = fishing[np.fromiter((i for n in near for i in n), np.int64, len(first))]
    kept = _relevant(fleet, motion, first, second, rules)
    return first[kept], second[kept]


def _lying_still(fleet: Fleet, rules: CollisionRules) -> Bools:
    """Return who is moored or at anchor and really so: skippers forget to change the status."""
    said = (fleet.nav_status == ANCHORED) | (fleet.nav_status == MOORED)
    return np.asarray(said & ~(fleet.sog_kn >= rules.anchored_kn), dtype=np.bool_)


def _relevant(fleet: Fleet, motion: Motion, first: Ints, second: Ints, rules: CollisionRules) -> Bools:
    speed = motion.speed_kn
    faster = np.maximum(speed[first], speed[second])
    # A ship that does not say her length is never taken for small.
    small = (fleet.length_m[first] < rules.small_length_m) & (fleet.length_m[second] < rules.small_length_m)
    return np.asarray((faster >= max(rules.min_speed_kn, rules.slow_kn)) & ~small)


def approaches(fleet: Fleet, motion: Motion, first: Ints, second: Ints, rules: CollisionRules) -> Pairs:
    """Return both looks at each pair: by report (turning where a turn is steady) and by mean track."""
    places = fleet.lat_deg[first], fleet.lon_deg[first], fleet.lat_deg[second], fleet.lon_deg[second]
    x, y = relative_plane_nm(*places)
    half_deg = convergence_deg(*places) / 2
    e1, n1 = turned_kn(motion.east_kn[first], motion.north_kn[first], half_deg)
    e2, n2 = turned_kn(motion.east_kn[second], motion.north_kn[second], -half_deg)
    # Positions are of different ages: bring both to now before comparing.
    x += (e2 * fleet.age_s[second] - e1 * fleet.age_s[first]) / 3600.0
    y += (n2 * fleet.age_s[second] - n1 * fleet.age_s[first]) / 3600.0
    reported = closest_approach(x, y, e2 - e1, n2 - n1)
    t1, s1 = turned_kn(motion.track_east_kn[first], motion.track_north_kn[first], half_deg)
    t2, s2 = turned_kn(motion.track_east_kn[second], motion.track_north_kn[second], -half_deg)
    tracked = closest_approach(x, y, t2 - t1, s2 - s1)
    turning = np.flatnonzero((motion.turn_deg_min[first] != 0) | (motion.turn_deg_min[second] != 0))
    if len(turning):
        courses = motion.course_deg[first] + half_deg, motion.course_deg[second] - half_deg
        bent = _turning_approach(
            motion, x[turning], y[turning], first[turning], second[turning], [c[turning] for c in courses], rules
        )
        for look in (reported, tracked):
            look.cpa_nm[turning], look.tcpa_s[turning] = bent.cpa_nm, bent.tcpa_s
    return Pairs(merchant=first, fishing=second, reported=reported, tracked=tracked)


def _turning_approach(
    motion: Motion, x: Floats, y: Floats, first: Ints, second: Ints, courses: Sequence[Floats], rules: CollisionRules
) -> Approach:
    times_s = np.arange(0.0, rules.clear_tcpa_s + SAMPLE_S, SAMPLE_S)
    speed, rate = motion.speed_kn, motion.turn_deg_min
    e1, n1 = turning_offset_nm(speed[first], courses[0], rate[first], rules.turn_for_s, times_s)
    e2, n2 = turning_offset_nm(speed[second], courses[1], rate[second], rules.turn_for_s, times_s)
    return sampled_approach(x[:, None] + e2 - e1, y[:, None] + n2 - n1, times_s)


def dangerous(pairs: Pairs, rules: CollisionRules) -> Bools:
    """Return which pairs are in danger: both looks agree, or one look says it is very soon."""
    looks = [
        (a.cpa_nm <= rules.raise_cpa_nm) & (a.tcpa_s > 0) & (a.tcpa_s <= rules.raise_tcpa_s)
        for a in (pairs.reported, pairs.tracked)
    ]
    return (looks[0] & looks[1]) | ((looks[0] | looks[1]) & imminent(pairs, rules))


def imminent(pairs: Pairs, rules: CollisionRules) -> Bools:
    """Return which pairs meet so soon that nothing is waited for."""
    return np.asarray(np.minimum(pairs.reported.tcpa_s, pairs.tracked.tcpa_s) <= rules.certain_tcpa_s)


def lingering(pairs: Pairs, rules: CollisionRules) -> Bools:
    """Return which pairs are still near danger by any look: an open warning stays."""
    looks = [
        (a.cpa_nm <= rules.clear_cpa_nm) & (a.tcpa_s > -rules.passed_s) & (a.tcpa_s <= rules.clear_tcpa_s)
        for a in (pairs.reported, pairs.tracked)
    ]
    return looks[0] | looks[1]


def key_of(mmsi_a: int, mmsi_b: int) -> str:
    """Return the finding key of a pair, the same whichever boat is named first."""
    return f"{RULE}:{min(mmsi_a, mmsi_b)}-{max(mmsi_a, mmsi_b)}"


def judge(
    fleet: Fleet,
    motion: Motion,
    rules: CollisionRules,
    open_keys: frozenset[str],
    *,
    quiet: Bools | None = None,
    memory: PairMemory | None = None,
) -> tuple[list[Finding], PairMemory]:
    """Return the findings of this moment and what the next look needs to know.

    Parameters
    ----------
    open_keys
        Keys whose alert is open: those pairs stay ACTIVE until danger has been away for ``hold_s``, so that an
        acknowledged warning is never raised anew by the same situation.
    memory
        What the last call returned: a pair is raised once it has been in danger for ``for_s``, at once when it is
        imminent.
    """
    before = memory or PairMemory()
    pairs = approaches(fleet, motion, *candidate_pairs(fleet, motion, rules, quiet), rules)
    raised, near, soon = dangerous(pairs, rules), lingering(pairs, rules), imminent(pairs, rules)
    now_s = fleet.at.timestamp()
    since_s: dict[str, float] = {}
    seen: dict[str, float] = {}
    findings = []
    for row in map(int, np.flatnonzero(raised | near)):
        key = key_of(int(fleet.mmsi[pairs.merchant[row]]), int(fleet.mmsi[pairs.fishing[row]]))
        known = key in open_keys or key in before.last_danger_s
        begun_s = before.since_s.get(key, now_s)
        if known or (raised[row] and (soon[row] or now_s - begun_s >= rules.for_s)):
            seen[key] = now_s
            findings.append(_active(key, fleet, pairs, row, rules))
        elif raised[row]:
            since_s[key] = begun_s
    ended, held = _rest(fleet, before, open_keys, frozenset(seen), rules)
    return findings + ended, PairMemory(since_s=since_s, last_danger_s=seen | held)


def _rest(
    fleet: Fleet, before: PairMemory, open_keys: frozenset[str], seen: frozenset[str], rules: CollisionRules
) -> tuple[list[Finding], dict[str, float]]:
    """Return the ends of warnings out of danger for long enough, and when the others were last in danger."""
    now_s = fleet.at.timestamp()
    findings, held = [], {}
    for key in sorted((open_keys | before.last_danger_s.keys()) - seen):
        if not key.startswith(f"{RULE}:"):
            continue
        last_s = before.last_danger_s.get(key, now_s)
        if now_s - last_s < rules.hold_s:
            held[key] = last_s
        else:
            findings.append(_over(key, fleet, rules))
    return findings, held


def _active(key: str, fleet: Fleet, pairs: Pairs, row: int, rules: CollisionRules) -> Finding:
    merchant, fishing = fleet.targets[pairs.merchant[row]], fleet.targets[pairs.fishing[row]]
    look = _worse_look(pairs, row)
    cpa_nm, tcpa_s = float(look.cpa_nm[row]), float(look.tcpa_s[row])
    minutes = max(0.0, tcpa_s / 60.0)
    red = cpa_nm <= rules.red_cpa_nm and tcpa_s <= rules.red_tcpa_s
    x, y = relative_plane_nm(fishing.lat_deg, fishing.lon_deg, merchant.lat_deg, merchant.lon_deg)
    return Finding(
        key=key,
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.ACTIVE,
        severity=Severity.RED if red else Severity.ORANGE,
        subject=Subject(kind=SubjectKind.TARGET, id=str(fishing.mmsi), name=fishing.title_zh),
        observed_at=max(merchant.observed_at, fishing.observed_at),
        valid_from=fleet.at,
        valid_until=fleet.at + timedelta(seconds=max(0.0, tcpa_s) + 600.0),
        place=Place(lat_deg=fishing.lat_deg, lon_deg=fishing.lon_deg),
        reason_zh=f"商船{merchant.title_zh}与渔船{fishing.title_zh}{minutes:.0f}分钟后相距仅{cpa_nm:.2f}海里",
        reason_en=(
            f"Merchant {merchant.title_en} and fishing boat {fishing.title_en} pass within {cpa_nm:.2f} nmi "
            f"in {minutes:.0f} min"
        ),
        advice_zh="加强瞭望，及早避让，守听VHF16频道",
        advice_en="Keep a proper lookout, give way early, listen on VHF 16",
        evidence=(
            Evidence(kind="position", text=f"MMSI {merchant.mmsi}", observed_at=merchant.observed_at),
            Evidence(kind="position", text=f"MMSI {fishing.mmsi}", observed_at=fishing.observed_at),
        ),
        values={
            "cpa_nm": round(cpa_nm, 3),
            "tcpa_s": round(tcpa_s),
            "range_nm": round(float(np.hypot(x, y)), 3),
            "merchant_mmsi": str(merchant.mmsi),
            "fishing_mmsi": str(fishing.mmsi),
            "merchant_sog_kn": merchant.sog_kn,
            "fishing_sog_kn": fishing.sog_kn,
        },
    )


def _worse_look(pairs: Pairs, row: int) -> Approach:
    """Return the look with the nearer approach that is still ahead."""
    ahead = [a for a in (pairs.reported, pairs.tracked) if a.tcpa_s[row] > 0] or [pairs.reported]
    return min(ahead, key=lambda a: float(a.cpa_nm[row]))


def _over(key: str, fleet: Fleet, rules: CollisionRules) -> Finding:
    """Return the end of a warning, or UNKNOWN when a boat of the pair is no longer heard."""
    numbers = [int(n) for n in key.removeprefix(f"{RULE}:").split("-")]
    rows = [fleet.row_of[n] for n in numbers if n in fleet.row_of]
    heard = len(rows) == len(numbers) and bool((fleet.age_s[rows] <= rules.max_age_s).all())
    subject = next((fleet.targets[r] for r in rows if fleet.role[r] == Role.FISHING), None)
    finding = Finding(
        key=key,
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.CLEARED,
        severity=Severity.ORANGE,
        subject=Subject(
            kind=SubjectKind.TARGET,
            id=str(subject.mmsi if subject else numbers[0]),
            name=subject.title_zh if subject else "",
        ),
        observed_at=fleet.at,
        reason_zh="两船已驶过让清",
        reason_en="The two vessels are past and clear",
    )
    if heard:
        return finding
    return replace(
        finding,
        condition=Condition.UNKNOWN,
        reason_zh="会遇的一方暂无新船位，无法判断",
        reason_en="One of the pair is no longer heard: cannot judge",
    )
