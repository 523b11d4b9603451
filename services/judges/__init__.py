"""Judges: each reads the store, calls pure rules and returns findings; `services.watch` commits them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from core.finding import Finding, Severity


@dataclass(frozen=True, kw_only=True)
class JudgeContext:
    """What a judge may use: the store, the rule files, the time, and which alerts are open.

    Parameters
    ----------
    store
        A `store.store.Store` or the fake.
    rules_dir
        Folder of ``config/rules``; a judge loads its own files once and keeps them.
    at
        Now, UTC: a judge never reads the clock.
    open_keys
        Keys of the findings whose alert is open, for hysteresis.
    open_severity
        Severity of each open alert by key, for rules with several levels.
    """

    store: Any
    rules_dir: Path
    at: datetime
    open_keys: frozenset[str]
    open_severity: Mapping[str, Severity] = field(default_factory=dict)

    def holds(self, key: str, severity: int | None) -> bool:
        """Return whether an alert of at least this severity is open: only what was raised is held by hysteresis."""
        held = self.open_severity.get(key)
        return held is not None and severity is not None and held >= severity


Judge = Callable[[JudgeContext], Awaitable[list[Finding]]]
