"""The queue as a tired officer can read it: alerts of one kind that came together are one line, grave ones never."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.policy import Policies
from dashboard.i18n import Words
from dashboard.times import clock
from dashboard.views import storm
from store.reader import AlertRow

GROUP_FROM = 4
"""Three of a kind are read one by one; from four on the list would hide what is different in it."""
ALONE_FROM = 4
"""A red alert always stands by itself."""
FREE = frozenset({"raised", "notified", "acknowledged"})


@dataclass(frozen=True, kw_only=True)
class Group:
    """Untaken alerts of one rule, in the queue's order: the first is the worst."""

    rule: str
    alerts: tuple[AlertRow, ...]

    @property
    def worst(self) -> AlertRow:
        """Return the first alert of the group."""
        return self.alerts[0]


def grouped(waiting: Sequence[AlertRow]) -> list[AlertRow | Group]:
    """Return the queue with every four or more free alerts of one rule put together where the worst of them stood."""
    kinds: dict[str, list[AlertRow]] = {}
    for alert in waiting:
        if may_group(alert):
            kinds.setdefault(alert.rule, []).append(alert)
    big = {rule: Group(rule=rule, alerts=tuple(same)) for rule, same in kinds.items() if len(same) >= GROUP_FROM}
    lines: list[AlertRow | Group] = []
    for alert in waiting:
        group = big.get(alert.rule) if may_group(alert) else None
        if group is None:
            lines.append(alert)
        elif group.worst is alert:
            lines.append(group)
    return lines


def may_group(alert: AlertRow) -> bool:
    """Return whether an alert may stand in a group: nobody has it in hand and it is not red."""
    return alert.severity < ALONE_FROM and alert.assignee is None and alert.handling in FREE


def kind_word(rule: str, policies: Policies, words: Words) -> str:
    """Return what alerts of a rule are called."""
    policy = policies.of(rule)
    return words.pick(policy.name_zh, policy.name_en)


def group_line(group: Group, *, now: datetime, words: Words) -> str:
    """Return whom the group is about, and who of them has the least time left."""
    names = words.pick("、", ", ").join(a.subject_name or a.subject_id for a in group.alerts[:3])
    text = words("{names} and {n} more", names=names, n=len(group.alerts) - 3)
    first = min((at for a in group.alerts if (at := storm.onset(a)) is not None and at > now), default=None)
    return text if first is None else text + " · " + words("earliest {at}", at=clock(first, now=now))
