"""How an alert of a rule behaves: delays, closing, escalation. Data of config/rules/alerts.toml and escalation.toml."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from core.finding import Severity


@dataclass(frozen=True, kw_only=True)
class EscalationStep:
    """Who is told when nobody has acknowledged `after_s` after the alert was raised. [s]

    `tell` names audiences of `alerts.directory` (subject, next, desk, callers, leader); an acknowledgement by one of
    the roles in `stopped_by` (any role when empty) stops this step and those after it.
    """

    after_s: float
    tell: tuple[str, ...]
    stopped_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The behaviour of one rule's alerts; `rule` is a shell pattern, the first that fits is used.

    Parameters
    ----------
    raise_for_s, clear_for_s
        How long the condition must hold without a break before the alert is raised and cleared. [s]
    close_after_s
        How long after clearing an alert that needs no disposal is closed by the system. [s]
    renotify_s
        A recurrence within this time of the last telling is recorded but not told again. [s]
    plan
        Name of the escalation plan per severity: blue, yellow, orange, red.
    life_safety
        Never quiet, never opted out, sent before everything else.
    recognition
        Whether a 认定 by two officers belongs to it.
    public
        Whether its CAP messages are for everybody; otherwise their scope is Restricted.
    """

    rule: str
    name_zh: str
    name_en: str
    category: str = "Safety"
    raise_for_s: float = 0.0
    clear_for_s: float = 300.0
    close_after_s: float = 1800.0
    renotify_s: float = 21600.0
    needs_disposal: bool = False
    tell_clear: bool = False
    tell_from: str = "blue"
    life_safety: bool = False
    grouping: str = "farm"
    plan: tuple[str, ...] = ("silent", "notice", "warning", "alarm")
    recognition: bool = False
    public: bool = False

    def plan_of(self, severity: Severity) -> str:
        """Return the name of the escalation plan for a colour."""
        return self.plan[min(severity, len(self.plan)) - 1]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One escalation plan: steps in the order of their delay."""

    steps: tuple[EscalationStep, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Inhibition:
    """While `source` is open and active, `target` is recorded but not told, where both have the same `same`.

    `same` is one of subject, farm, district, gateway, receiver, any. `lower_only` silences only a lighter colour.
    """

    source: str
    target: str
    same: str = "farm"
    lower_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Policies:
    """All policies, plans and inhibitions, with the version of the files they came from."""

    version: str
    policies: tuple[Policy, ...]
    plans: dict[str, Plan] = field(default_factory=dict)
    inhibitions: tuple[Inhibition, ...] = ()

    def of(self, rule: str) -> Policy:
        """Return the first policy whose pattern fits; the last row must be ``*``."""
        return next(policy for policy in self.policies if fnmatchcase(rule, policy.rule))

    def steps_of(self, rule: str, severity: Severity) -> Sequence[EscalationStep]:
        """Return the escalation steps for an alert of this rule and colour."""
        return self.plans[self.of(rule).plan_of(severity)].steps
