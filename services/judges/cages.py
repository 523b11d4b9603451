"""The cages' judge: newest samples of every cage, then the pure rules of `cages`."""

from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from cages.limits import CageLimits, load_limits
from cages.rules import evaluate
from core.finding import Finding
from services.judges import JudgeContext

WATCHED = ("do_mg_l",)
"""Quantities that today's rules look at."""


async def judge(context: JudgeContext) -> list[Finding]:
    """Return what the cage rules say of every cage now."""
    limits = _limits(context.rules_dir)
    span_s = max(limits.oxygen.window_s, limits.sensing.blind_after_s) + 60.0
    snapshots = await context.store.cages.snapshots(
        WATCHED, since=context.at - timedelta(seconds=span_s), until=context.at
    )
    return [
        finding
        for snapshot in snapshots
        for finding in evaluate(snapshot, limits, at=context.at, open_severity=context.open_severity)
    ]


@lru_cache(maxsize=4)
def _limits(rules_dir: Path) -> CageLimits:
    return load_limits(rules_dir)
