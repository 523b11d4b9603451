"""All rules on one cage: the one call that the watch makes."""

from collections.abc import Mapping
from datetime import datetime

from cages.limits import CageLimits
from cages.oxygen import judge_oxygen
from cages.sensing import judge_sight
from cages.snapshot import CageSnapshot
from core.finding import Finding, Severity


def evaluate(
    snapshot: CageSnapshot, limits: CageLimits, *, at: datetime, open_severity: Mapping[str, Severity]
) -> list[Finding]:
    """Return what every rule says of a cage at a moment; see each rule's module."""
    return [
        *judge_oxygen(snapshot, limits.oxygen, at=at, open_severity=open_severity),
        *judge_sight(snapshot, limits.sensing, at=at, open_severity=open_severity),
    ]
