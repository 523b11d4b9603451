"""The watch: every few seconds each judge looks, and what it finds becomes alerts and messages.

``judges -> findings -> AlertDesk.apply`` is the whole loop. A judge that fails is reported and the others go on; a
distress message wakes the distress judge at once.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from core.finding import Condition, Finding
from services.judges import Judge, JudgeContext
from store.errors import StoreUnavailableError

log = logging.getLogger(__name__)


class _Applied(Protocol):
    """What the desk says it did: counts."""

    @property
    def raised(self) -> int: ...
    @property
    def cleared(self) -> int: ...
    @property
    def messages(self) -> int: ...


class Desk(Protocol):
    """The part of `services.alerting.AlertDesk` that the watch needs."""

    async def apply(self, findings: list[Finding], at: datetime) -> _Applied:
        """Commit what follows from the findings."""

    async def tick(self, at: datetime) -> object:
        """Move the timers of open alerts."""


@dataclass(frozen=True, kw_only=True)
class NamedJudge:
    """A judge and the name that logs and heartbeats give it."""

    name: str
    judge: Judge


@dataclass(frozen=True, kw_only=True)
class WatchReport:
    """One pass in figures: `problems` names each judge that failed and why."""

    findings: int
    raised: int
    cleared: int
    messages: int
    problems: Mapping[str, str] = field(default_factory=dict)

    def detail(self) -> dict[str, Any]:
        """Return the figures for the heartbeat."""
        return {
            "findings": self.findings,
            "raised": self.raised,
            "cleared": self.cleared,
            "messages": self.messages,
            "problems": dict(self.problems),
        }


async def watch_once(
    store: Any, desk: Desk, judges: Sequence[NamedJudge], rules_dir: Path, at: datetime
) -> WatchReport:
    """Ask every judge, commit what they found, and move the timers of open alerts."""
    held = {
        alert.key: alert.severity for alert in await store.alerts.open_alerts() if alert.condition is Condition.ACTIVE
    }
    context = JudgeContext(store=store, rules_dir=rules_dir, at=at, open_keys=frozenset(held), open_severity=held)
    total = WatchReport(findings=0, raised=0, cleared=0, messages=0)
    for named in judges:
        total = await _ask(named, context, desk, total)
    await desk.tick(at)
    return total


async def _ask(named: NamedJudge, context: JudgeContext, desk: Desk, total: WatchReport) -> WatchReport:
    try:
        findings = await named.judge(context)
        applied = await desk.apply(findings, context.at)
    except StoreUnavailableError:
        raise  # the database is away: the whole pass waits
    except Exception as exc:
        log.exception("judge failed", extra={"judge": named.name})
        return replace(total, problems={**total.problems, named.name: f"{type(exc).__name__}: {exc}"[:300]})
    return replace(
        total,
        findings=total.findings + len(findings),
        raised=total.raised + applied.raised,
        cleared=total.cleared + applied.cleared,
        messages=total.messages + applied.messages,
    )
