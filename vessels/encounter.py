"""Two boats side by side for hours at sea: a possible transshipment."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from core.target import TargetClass
from vessels.cpa import relative_plane_nm
from vessels.fleet import Bools, Fleet, Floats, Role
from vessels.track_grid import Grid, trailing_minutes

RULE = "vessels.encounter"
M_PER_NM = 1852.0
SUSPECT = frozenset({TargetClass.UNREGISTERED, TargetClass.BORROWED_IDENTITY, TargetClass.UNIDENTIFIED})


@dataclass(frozen=True, kw_only=True)
class EncounterRules:
    """Limits of config/rules/encounter.toml; each key is explained there with its source."""

    version: str
    source: str
    near_m: float
    apart_m: float
    minutes: float
    fast_kn: float
    port_nm: float
    max_age_s: float


def judge(
    fleet: Fleet, tracks: Grid, in_port: Bools, rules: EncounterRules, open_keys: frozenset[str]
) -> list[Finding]:
    """Return a finding for each pair near each other long enough, and its end when they part.

    Boats of one formation are together by order and give no finding; two fast boats are sailing in company.
    """
    rows = np.flatnonzero(
        (fleet.age_s <= rules.max_age_s) & ~in_port & (fleet.role != Role.NOT_A_BOAT),
    )
    findings, held = [], set()
    if len(rows) > 1:
        pairs = cKDTree(fleet.plane_nm[rows]).query_pairs(rules.apart_m / M_PER_NM * 1.02, output_type="ndarray")
        together = _together_min(tracks, rows[pairs[:, 0]], rows[pairs[:, 1]], rules)
        for (a, b), minutes in zip(rows[pairs], together, strict=True):
            key = key_of(int(fleet.mmsi[a]), int(fleet.mmsi[b]))
            if key in open_keys or (minutes >= rules.minutes and not _one_group(fleet, int(a), int(b))):
                held.add(key)
                findings.append(_found(key, fleet, int(a), int(b), float(minutes), rules))
    ended = (_ended(key, fleet, rules) for key in sorted(open_keys - held) if key.startswith(f"{RULE}:"))
    return findings + list(ended)


def key_of(mmsi_a: int, mmsi_b: int) -> str:
    """Return the finding key of a pair, the same whichever boat is named first."""
    return f"{RULE}:{min(mmsi_a, mmsi_b)}-{max(mmsi_a, mmsi_b)}"


def _together_min(tracks: Grid, first: np.ndarray, second: np.ndarray, rules: EncounterRules) -> Floats:
    """Return how long each pair has been within reach up to now, bins where one is unheard bridged briefly. [min]"""
    a, b = tracks[:, first].astype(np.float64), tracks[:, second].astype(np.float64)
    east, north = relative_plane_nm(a[0], a[1], b[0], b[1])
    away_m = np.hypot(east, north) * M_PER_NM
    fast = (a[2] > rules.fast_kn) & (b[2] > rules.fast_kn)
    return trailing_minutes((away_m <= rules.near_m) & ~fast, np.isfinite(away_m))


def _one_group(fleet: Fleet, a: int, b: int) -> bool:
    first, second = fleet.targets[a].register, fleet.targets[b].register
    return first is not None and second is not None and bool(first.group) and first.group == second.group


def _found(key: str, fleet: Fleet, a: int, b: int, minutes: float, rules: EncounterRules) -> Finding:
    first, second = fleet.targets[a], fleet.targets[b]
    suspect = first.kind in SUSPECT or second.kind in SUSPECT
    return Finding(
        key=key,
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.ACTIVE,
        severity=Severity.ORANGE if suspect else Severity.YELLOW,
        subject=Subject(kind=SubjectKind.TARGET, id=str(first.mmsi), name=first.title_zh),
        observed_at=max(first.observed_at, second.observed_at),
        place=Place(lat_deg=first.lat_deg, lon_deg=first.lon_deg),
        reason_zh=f"{first.title_zh}与{second.title_zh}海上靠泊{minutes:.0f}分钟，疑似转载",
        reason_en=f"{first.title_en} and {second.title_en} side by side for {minutes:.0f} min: possible transshipment",
        advice_zh="核实是否过驳或补给，必要时登临检查",
        advice_en="Check for transshipment or supply; board if needed",
        evidence=(
            Evidence(kind="position", text=f"MMSI {first.mmsi}", observed_at=first.observed_at),
            Evidence(kind="position", text=f"MMSI {second.mmsi}", observed_at=second.observed_at),
        ),
        values={"together_min": round(minutes), "mmsi_a": str(first.mmsi), "mmsi_b": str(second.mmsi)},
    )


def _ended(key: str, fleet: Fleet, rules: EncounterRules) -> Finding:
    numbers = [int(n) for n in key.removeprefix(f"{RULE}:").split("-")]
    rows = [fleet.row_of[n] for n in numbers if n in fleet.row_of]
    heard = len(rows) == len(numbers) and bool((fleet.age_s[rows] <= rules.max_age_s).all())
    return Finding(
        key=key,
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.CLEARED if heard else Condition.UNKNOWN,
        severity=Severity.YELLOW,
        subject=Subject(kind=SubjectKind.TARGET, id=str(numbers[0])),
        observed_at=fleet.at,
        reason_zh="两船已分开" if heard else "一方暂无新船位",
        reason_en="The two have parted" if heard else "One of them is not heard",
    )
