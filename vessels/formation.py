"""Formation: boats of one group sail within reach of each other; one that is alone is called every hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy.spatial import cKDTree

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from vessels.fleet import Bools, Fleet, Floats, Ints, Role, ranges_nm

RULE = "vessels.formation"


@dataclass(frozen=True, kw_only=True)
class FormationRules:
    """Limits of config/rules/formation.toml; each key is explained there with its source."""

    version: str
    source: str
    apart_nm: float
    together_nm: float
    port_nm: float
    max_age_s: float
    suggest_nm: float
    suggest_count: int
    contact_every_min: float


def judge(
    fleet: Fleet,
    groups: Mapping[int, str],
    in_port: Bools,
    last_contact_at: Mapping[int, datetime],
    rules: FormationRules,
    open_keys: frozenset[str],
) -> list[Finding]:
    """Return a finding for each boat at sea with none of her group within reach, and its end when she rejoined.

    Parameters
    ----------
    groups
        Group by MMSI: the register's, or a temporary one that overrides it.
    in_port
        Which targets lie in or near port, shape (target,).
    last_contact_at
        When each boat last answered a call: an hour without one raises the severity.
    """
    live = (fleet.age_s <= rules.max_age_s) & (fleet.role == Role.FISHING)
    group = np.array([groups.get(int(m), "") for m in fleet.mmsi], dtype=object)
    sailing = np.flatnonzero(live & ~in_port & (group != ""))
    nearest = _nearest_member_nm(fleet, sailing, group)
    keys = [f"{RULE}:{mmsi}" for mmsi in fleet.mmsi[sailing]]
    is_open = np.array([key in open_keys for key in keys], dtype=np.bool_)
    apart = nearest > np.where(is_open, rules.together_nm, rules.apart_nm)
    rows = sailing[apart]
    findings = [
        _alone(fleet, int(row), str(group[row]), float(away), mates, last_contact_at, rules)
        for row, away, mates in zip(rows, nearest[apart], suggest_all(fleet, rows, sailing, rules), strict=True)
    ]
    findings += [
        _ended(fleet, int(row), rules, Condition.CLEARED, "已与编组船会合", "Back with her group")
        for row in sailing[is_open & ~apart]
    ]
    seen = frozenset(keys)
    return findings + _rest(fleet, live, in_port, open_keys - seen, rules)


def _nearest_member_nm(fleet: Fleet, sailing: Ints, group: np.ndarray) -> Floats:
    """Return the distance to the nearest other boat of the same group at sea, inf when there is none. [nmi]"""
    found = np.full(len(sailing), np.inf)
    if not len(sailing):
        return found
    _, code = np.unique(group[sailing].astype(str), return_inverse=True)
    order = np.argsort(code, kind="stable")
    for own in np.split(order, np.flatnonzero(np.diff(code[order])) + 1):
        if len(own) < 2:
            continue
        rows = sailing[own]
        _, near = cKDTree(fleet.plane_nm[rows]).query(fleet.plane_nm[rows], k=2)
        other = rows[near[:, 1]]
        found[own] = ranges_nm(fleet.lat_deg[rows], fleet.lon_deg[rows], fleet.lat_deg[other], fleet.lon_deg[other])
    return found


def suggest_all(fleet: Fleet, rows: Ints, sailing: Ints, rules: FormationRules) -> list[list[tuple[int, float]]]:
    """Return for each row (row, distance in nmi) of the nearest boats at sea that could form a temporary group."""
    if not len(sailing) or not len(rows):
        return [[] for _ in rows]
    count = rules.suggest_count + 1
    reach = rules.suggest_nm * 1.03
    _, near = cKDTree(fleet.plane_nm[sailing]).query(fleet.plane_nm[rows], k=count, distance_upper_bound=reach)
    found = []
    for row, places in zip(map(int, rows), near.reshape(len(rows), count), strict=True):
        others = sailing[places[places < len(sailing)]]
        others = others[others != row][: rules.suggest_count]
        here = np.full(len(others), fleet.lat_deg[row]), np.full(len(others), fleet.lon_deg[row])
        away = ranges_nm(*here, fleet.lat_deg[others], fleet.lon_deg[others])
        found.append([(int(o), float(d)) for o, d in zip(others, away, strict=True) if d <= rules.suggest_nm])
    return found


def _alone(
    fleet: Fleet, row: int, group: str, away_nm: float, mates: Sequence[tuple[int, float]],
    last_contact_at: Mapping[int, datetime],
    rules: FormationRules,
) -> Finding:  # fmt: skip
    target = fleet.targets[row]
    names = [fleet.targets[m].title_zh for m, _ in mates]
    contact = last_contact_at.get(target.mmsi)
    due_at = (contact or fleet.at) + timedelta(minutes=rules.contact_every_min)
    late = contact is not None and fleet.at > due_at
    distance = f"{away_nm:.1f}海里" if np.isfinite(away_nm) else "无同组船在海上"
    plan = f"建议与{'、'.join(names)}临时编组" if names else "附近无船，每小时联系一次"
    return Finding(
        key=f"{RULE}:{target.mmsi}",
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.ACTIVE,
        severity=Severity.ORANGE if late else Severity.YELLOW,
        subject=Subject(kind=SubjectKind.VESSEL, id=str(target.mmsi), name=target.title_zh),
        observed_at=target.observed_at,
        place=Place(lat_deg=target.lat_deg, lon_deg=target.lon_deg),
        reason_zh=f"脱编：{rules.apart_nm:.0f}海里内无{group}同组船（最近{distance}）"
        + ("，已超时未联系" if late else ""),
        reason_en=f"Out of formation: none of group {group} within {rules.apart_nm:.0f} nmi"
        + ("; hourly contact overdue" if late else ""),
        advice_zh=plan,
        advice_en=f"Temporary group with {', '.join(fleet.targets[m].title_en for m, _ in mates)}"
        if mates
        else "No boat near: call every hour",
        evidence=tuple(
            Evidence(kind="temporary_group", ref=str(fleet.mmsi[m]), text=f"{fleet.targets[m].title_zh} {d:.1f} nmi")
            for m, d in mates
        ),
        values={
            "group": group,
            "nearest_nm": round(away_nm, 2) if np.isfinite(away_nm) else None,
            "contact_due_at": due_at.isoformat(),
            "contact_late": float(late),
        },
    )


def _rest(fleet: Fleet, live: Bools, in_port: Bools, keys: frozenset[str], rules: FormationRules) -> list[Finding]:
    """Return what became of open findings of boats that are not sailing in a group now."""
    findings = []
    for key in sorted(k for k in keys if k.startswith(f"{RULE}:")):
        row = fleet.row_of.get(int(key.removeprefix(f"{RULE}:")))
        if row is None or not live[row]:
            findings.append(_unheard(key, fleet, rules))
        elif in_port[row]:
            findings.append(_ended(fleet, row, rules, Condition.CLEARED, "已回港", "Back in port"))
        else:
            findings.append(_ended(fleet, row, rules, Condition.CLEARED, "已不在编组名册", "No longer in a group"))
    return findings


def _ended(fleet: Fleet, row: int, rules: FormationRules, condition: Condition, zh: str, en: str) -> Finding:
    target = fleet.targets[row]
    return Finding(
        key=f"{RULE}:{target.mmsi}",
        rule=RULE,
        rule_version=rules.version,
        condition=condition,
        severity=Severity.YELLOW,
        subject=Subject(kind=SubjectKind.VESSEL, id=str(target.mmsi), name=target.title_zh),
        observed_at=target.observed_at,
        reason_zh=zh,
        reason_en=en,
    )


def _unheard(key: str, fleet: Fleet, rules: FormationRules) -> Finding:
    return Finding(
        key=key,
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.UNKNOWN,
        severity=Severity.YELLOW,
        subject=Subject(kind=SubjectKind.VESSEL, id=key.removeprefix(f"{RULE}:")),
        observed_at=fleet.at,
        reason_zh="暂无新船位",
        reason_en="No new position",
    )


def groups_of(fleet: Fleet, temporary: Sequence[tuple[int, str]]) -> dict[int, str]:
    """Return the group of each boat: a temporary one where the desk made it, else the register's."""
    own = {t.mmsi: t.register.group for t in fleet.targets if t.register is not None and t.register.group}
    return own | dict(temporary)
