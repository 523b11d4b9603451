"""The rule files of alerting, read into frozen types: config/rules/{alerts,escalation,messages}.toml."""

from dataclasses import dataclass
from pathlib import Path

from alerts.directory import AUDIENCES, QuietRule
from alerts.policy import EscalationStep, Inhibition, Plan, Policies, Policy
from alerts.wording import Template, Wording
from core.errors import ConfigError
from core.finding import Severity
from core.settings import build, load_toml

_COLOURS = {severity.name.lower(): severity for severity in Severity}


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """How long messages of one group wait for each other, per colour from blue to red. [s]

    `update_s` is the least time between two messages of one group to one person, unless the colour rises.
    `expire_s` is after how long a message that could not be sent is worthless.
    """

    wait_s: tuple[float, float, float, float] = (30.0, 30.0, 0.0, 0.0)
    update_s: float = 300.0
    expire_s: tuple[float, float, float, float] = (43200.0, 43200.0, 86400.0, 86400.0)


@dataclass(frozen=True, kw_only=True)
class AlertRules:
    """Everything that alerting takes from files."""

    policies: Policies
    wording: Wording
    quiet: QuietRule
    grouping: Grouping


@dataclass(frozen=True, kw_only=True)
class _AlertsFile:
    version: str
    source: str
    policy: tuple[Policy, ...]
    inhibition: tuple[Inhibition, ...] = ()
    quiet_up_to: str = "yellow"
    grouping: Grouping = Grouping()


@dataclass(frozen=True, kw_only=True)
class _PlanTable:
    step: tuple[EscalationStep, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _EscalationFile:
    version: str
    source: str
    plan: dict[str, _PlanTable]


@dataclass(frozen=True, kw_only=True)
class _MessagesFile:
    version: str
    source: str
    signature_zh: str
    signature_en: str
    reply_zh: str
    reply_en: str
    drill_zh: str
    drill_en: str
    max_names: int
    template: tuple[Template, ...]


def load(rules_dir: Path) -> AlertRules:
    """Return the rules; ConfigError names every problem with file and key."""
    alerts = build(_AlertsFile, load_toml(rules_dir / "alerts.toml"), where="alerts.toml")
    escalation = build(_EscalationFile, load_toml(rules_dir / "escalation.toml"), where="escalation.toml")
    messages = build(_MessagesFile, load_toml(rules_dir / "messages.toml"), where="messages.toml")
    problems = [*_policy_problems(alerts, escalation), *_plan_problems(escalation), *_message_problems(messages)]
    if problems:
        raise ConfigError(*problems)
    return AlertRules(
        policies=Policies(
            version=f"{alerts.version}+{escalation.version}",
            policies=alerts.policy,
            plans={name: Plan(steps=table.step) for name, table in escalation.plan.items()},
            inhibitions=alerts.inhibition,
        ),
        wording=_wording(messages),
        quiet=QuietRule(up_to=_COLOURS[alerts.quiet_up_to]),
        grouping=alerts.grouping,
    )


def _wording(file: _MessagesFile) -> Wording:
    return Wording(
        version=file.version,
        signature_zh=file.signature_zh,
        signature_en=file.signature_en,
        templates=file.template,
        reply_zh=file.reply_zh,
        reply_en=file.reply_en,
        drill_zh=file.drill_zh,
        drill_en=file.drill_en,
        max_names=file.max_names,
    )


def _policy_problems(alerts: _AlertsFile, escalation: _EscalationFile) -> list[str]:
    problems = []
    if not alerts.policy or alerts.policy[-1].rule != "*":
        problems.append('alerts.toml: the last [[policy]] must have rule = "*", for rules nobody listed.')
    if alerts.quiet_up_to not in _COLOURS:
        problems.append(f"alerts.toml.quiet_up_to: {alerts.quiet_up_to!r} is not one of {', '.join(_COLOURS)}.")
    for policy in alerts.policy:
        if len(policy.plan) != len(Severity):
            problems.append(f"alerts.toml: policy {policy.rule!r} needs four plans, blue to red.")
        problems += [
            f"alerts.toml: policy {policy.rule!r} names the plan {name!r}, which escalation.toml has not."
            for name in policy.plan
            if name not in escalation.plan
        ]
    return problems


def _plan_problems(escalation: _EscalationFile) -> list[str]:
    problems = []
    for name, table in escalation.plan.items():
        delays = [step.after_s for step in table.step]
        if not delays or delays != sorted(delays) or delays[0] != 0:
            problems.append(f"escalation.toml: plan {name!r} needs steps with rising after_s, the first 0.")
        problems += [
            f"escalation.toml: plan {name!r} tells {word!r}; known are {', '.join(AUDIENCES)}."
            for step in table.step
            for word in step.tell
            if word not in AUDIENCES
        ]
    return problems


def _message_problems(messages: _MessagesFile) -> list[str]:
    general = {template.kind for template in messages.template if template.rule == "*"}
    missing = {"raised", "worsened", "recurred", "escalated", "cleared", "retracted"} - general
    return [f'messages.toml: no [[template]] with rule = "*" and kind = {kind!r}.' for kind in sorted(missing)]
