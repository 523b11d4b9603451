"""Which open alert silences which: a dead gateway its sensors, a red warning the lighter one of the same place."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from alerts.model import OPEN, Alert
from alerts.policy import Inhibition
from core.finding import Condition


def silenced_by(alert: Alert, others: Iterable[Alert], inhibitions: Iterable[Inhibition]) -> Alert | None:
    """Return the open, active, unshelved alert that silences `alert`, None when it may speak.

    An alert never silences itself, and one that is silenced itself still silences others: its cause is real.
    """
    rows = [row for row in inhibitions if fnmatchcase(alert.rule, row.target)]
    if not rows:
        return None
    for other in others:
        if other.key != alert.key and any(_fits(row, other, alert) for row in rows):
            return other
    return None


def _fits(row: Inhibition, source: Alert, target: Alert) -> bool:
    if source.handling not in OPEN or source.condition is not Condition.ACTIVE:
        return False
    if not fnmatchcase(source.rule, row.source) or (row.lower_only and source.severity <= target.severity):
        return False
    return row.same == "any" or _shared(row.same, source) & _shared(row.same, target) != set()


def _shared(same: str, alert: Alert) -> set[str]:
    """Return the ids by which two alerts are the same `same`; an alert without one shares nothing."""
    if same == "subject":
        return {f"{alert.subject.kind}:{alert.subject.id}"}
    if same == "farm":
        return {alert.farm_id} if alert.farm_id else set()
    if same == "district":
        return {alert.district_id} if alert.district_id else set()
    named = alert.values.get(same)
    own = {alert.subject.id} if alert.subject.kind == same else set()
    return own | ({str(named)} if named else set())
