"""The queue as a tired officer can read it: alerts of one kind that came together are one line, grave ones never."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.policy import Policies
from dashboard.i18n import Words, mark
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


KINDS = {
    "vessels.beidou.ais_silent": mark("AIS switched off"),
    "vessels.beidou.apart": mark("AIS and Beidou in two places"),
    "vessels.beidou.beidou_silent": mark("Beidou terminal silent"),
    "vessels.certificate": mark("Certificate ended"),
    "vessels.encounter": mark("Possible transshipment at sea"),
    "vessels.formation": mark("Left the formation"),
    "vessels.identity.ais_silent": mark("Dark boat seen by radar"),
    "vessels.identity.dark": mark("Dark boat seen by radar"),
    "vessels.identity.no_echo": mark("AIS without an echo"),
    "vessels.no_report": mark("Left port without a report"),
    "vessels.overmanned": mark("Too many aboard"),
    "vessels.silence": mark("Boat silent at sea"),
    "vessels.coverage.silence": mark("AIS switched off"),
    "vessels.undermanned": mark("Officers missing aboard"),
    "vessels.zone": mark("Inside a controlled zone"),
    "cages.condition": mark("Water outside what the fish bear"),
    "cages.growth": mark("Water bad for growth"),
    "cages.exposure": mark("Fish weakened by bad water"),
    "cages.wave_damage": mark("Waves that damage cages"),
    "cages.adrift": mark("Cage off its mooring"),
    "cages.drag": mark("Moorings overloaded"),
    "cages.oxygen_budget": mark("Oxygen will not last"),
    "cages.current": mark("Current too strong for the fish"),
    "cages.stocking": mark("Too much stock"),
    "cages.tension": mark("Mooring line overloaded"),
    "cages.line_broken": mark("Mooring line broken or slipped"),
    "cages.asymmetry": mark("Mooring lines pull unevenly"),
}
"""Rules that share a policy of many: what alerts of each are called."""


def kind_word(rule: str, policies: Policies, words: Words) -> str:
    """Return what alerts of a rule are called: their own word, else their policy's."""
    if rule in KINDS:
        return words(KINDS[rule])
    policy = policies.of(rule)
    return words.pick(policy.name_zh, policy.name_en)


def group_line(group: Group, *, now: datetime, words: Words) -> str:
    """Return whom the group is about, and who of them has the least time left."""
    names = words.pick("、", ", ").join(a.subject_name or a.subject_id for a in group.alerts[:3])
    text = words("{names} and {n} more", names=names, n=len(group.alerts) - 3)
    first = min((at for a in group.alerts if (at := storm.onset(a)) is not None and at > now), default=None)
    return text if first is None else text + " · " + words("earliest {at}", at=clock(first, now=now))
