"""Limits that an operator may change for everybody, a farm or a cage, and the rules that follow from them.

A change names one limit (``oxygen.blue``) and its new value; the narrowest place that names a limit decides. What comes
out is an ordinary `CageLimits`, so that no rule knows whether its limits were changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cages.condition import Limit
from cages.limits import CageLimits, OxygenRule
from cages.structure import DAMAGE_CLASSES, Damage, Structure
from core.units import QUANTITIES

EVERYBODY = "*"
"""The place of a change that holds for every cage."""
CHANGED = "+own"
"""Added to the version of a rule whose limits an operator changed, so that a finding says so."""


@dataclass(frozen=True, kw_only=True)
class Adjustable:
    """A limit that may be changed: its name and unit, and the span of values that make sense, in that unit."""

    name: str
    unit: str
    least: float
    most: float


@dataclass(frozen=True, kw_only=True)
class Change:
    """One limit as an operator set it for one place: ``*``, a farm's id or a cage's id."""

    place: str
    name: str
    value: float


SENSIBLE = {
    "water_temp_c": (0.0, 40.0),
    "salinity_psu": (0.0, 45.0),
    "ph": (5.0, 10.0),
    "chlorophyll_ug_l": (1.0, 500.0),
    "turbidity_ntu": (5.0, 4000.0),
}
"""Span of a limit of the water; of any other quantity, its physical range. (ours)"""
BLIND_S = Adjustable(name="blind.after", unit="s", least=60.0, most=3600.0)
"""An hour at most: nobody may take a longer silence for health."""


def adjustable(limits: CageLimits) -> dict[str, Adjustable]:
    """Return every limit that may be changed, by name, in the order in which people read them."""
    oxygen = [f"oxygen.{level.severity.name.lower()}" for level in limits.oxygen.level]
    found = [Adjustable(name=name, unit="mg/L", least=0.5, most=12.0) for name in oxygen]
    for limit in limits.croaker.limit:
        what = QUANTITIES[limit.quantity]
        least, most = SENSIBLE.get(limit.quantity, (what.low, what.high))
        found += [
            Adjustable(name=f"water.{limit.quantity}.{side}", unit=what.symbol, least=least, most=most)
            for side in ("low", "high")
            if getattr(limit, side) is not None
        ]
    found += [
        Adjustable(name=f"waves.{row.kind}.{damage}", unit="m", least=0.3, most=15.0)
        for row in limits.croaker.structure.damage
        for damage in DAMAGE_CLASSES
    ]
    return {row.name: row for row in (*found, BLIND_S)}


def value_of(limits: CageLimits, name: str) -> float:
    """Return a limit's value in these limits; KeyError for a name that is not adjustable."""
    return _values(limits)[name]


def changes_at(changes: Iterable[Change], farm: str | None, cage: str | None) -> dict[str, float]:
    """Return what holds at a cage (or at all of a farm, or everywhere): cage before farm before everybody."""
    rows = list(changes)
    found: dict[str, float] = {}
    for place in (EVERYBODY, farm, cage):
        found |= {row.name: row.value for row in rows if place is not None and row.place == place}
    return found


def adjusted(limits: CageLimits, changes: Mapping[str, float]) -> CageLimits:
    """Return the limits with an operator's changes.

    Raises
    ------
    ValueError
        A name that is not adjustable, a value outside its span, or limits that contradict each other together.
    """
    if not changes:
        return limits
    known = adjustable(limits)
    for name, value in changes.items():
        row = known.get(name)
        if row is None:
            raise ValueError(f"{name} is not a limit that may be changed.")
        if not row.least <= value <= row.most:
            raise ValueError(f"{name} must be between {row.least:g} and {row.most:g} {row.unit}".rstrip() + ".")
    return _with(limits, changes)


def in_force(limits: CageLimits, changes: Mapping[str, float]) -> tuple[CageLimits, str]:
    """Return the limits that hold, and why an operator's changes do not where they make no sense; '' where they do.

    A name that these rules do not know (of another version) is left out and told; contradicting changes leave all out.
    """
    known = {name: value for name, value in changes.items() if name in adjustable(limits)}
    strange = sorted(changes.keys() - known.keys())
    told = f"no such limit: {', '.join(strange)}." if strange else ""
    try:
        return adjusted(limits, known), told
    except ValueError as exc:
        return limits, f"{told} {exc}".strip()


def _with(limits: CageLimits, changes: Mapping[str, float]) -> CageLimits:
    values = _values(limits) | dict(changes)
    croaker, sensing = limits.croaker, limits.sensing
    of_croaker = any(name.startswith(("water.", "waves.")) for name in changes)
    return replace(
        limits,
        oxygen=_oxygen(limits.oxygen, values) if any(n.startswith("oxygen.") for n in changes) else limits.oxygen,
        croaker=replace(
            croaker,
            version=croaker.version + CHANGED,
            limit=tuple(_limit(row, values) for row in croaker.limit),
            structure=_structure(croaker.structure, values),
        )
        if of_croaker
        else croaker,
        sensing=replace(sensing, version=sensing.version + CHANGED, blind_after_s=values[BLIND_S.name])
        if BLIND_S.name in changes
        else sensing,
    )


def _values(limits: CageLimits) -> dict[str, float]:
    found = {f"oxygen.{level.severity.name.lower()}": level.below_mg_l for level in limits.oxygen.level}
    for limit in limits.croaker.limit:
        sides = {"low": limit.low, "high": limit.high}
        found |= {f"water.{limit.quantity}.{side}": v for side, v in sides.items() if v is not None}
    for row in limits.croaker.structure.damage:
        found |= {f"waves.{row.kind}.{c}": v for c, v in zip(DAMAGE_CLASSES, row.hs_m, strict=True)}
    return found | {BLIND_S.name: limits.sensing.blind_after_s}


def _oxygen(rule: OxygenRule, values: Mapping[str, float]) -> OxygenRule:
    levels = (replace(row, below_mg_l=values[f"oxygen.{row.severity.name.lower()}"]) for row in rule.level)
    return replace(rule, version=rule.version + CHANGED, level=tuple(levels))


def _limit(row: Limit, values: Mapping[str, float]) -> Limit:
    return replace(
        row, low=values.get(f"water.{row.quantity}.low"), high=values.get(f"water.{row.quantity}.high")
    )  # fmt: skip


def _structure(rule: Structure, values: Mapping[str, float]) -> Structure:
    def row_of(row: Damage) -> Damage:
        slight, severe, loss = (values[f"waves.{row.kind}.{c}"] for c in DAMAGE_CLASSES)
        return replace(row, hs_m=(slight, severe, loss))

    return replace(rule, damage=tuple(row_of(row) for row in rule.damage))
