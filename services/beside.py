"""A job that runs beside a service's passes: slow or broken, it holds nothing up."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from core.tasks import end_tasks

log = logging.getLogger(__name__)


class Beside:
    """A job that runs beside the sending, one run at a time: slow or broken, the passes go on.

    Parameters
    ----------
    what
        Its name in the log.
    job
        One run; it takes the time, UTC.
    period_s
        Least time between the beginnings of two runs. [s]
    """

    def __init__(self, what: str, job: Callable[[datetime], Awaitable[object]], *, period_s: float = 0.0) -> None:
        self._what, self._job, self._period_s = what, job, period_s
        self._began_at: datetime | None = None
        self._run: asyncio.Task[None] | None = None

    def begin(self, at: datetime) -> None:
        """Begin a run, unless the last one is still under way or the period is not over."""
        due = self._began_at is None or abs((at - self._began_at).total_seconds()) >= self._period_s
        if due and (self._run is None or self._run.done()):
            self._began_at, self._run = at, asyncio.create_task(self._guarded(at))

    async def end(self) -> None:
        """Stop a run that is under way."""
        if self._run is not None:
            await end_tasks([self._run])

    async def _guarded(self, at: datetime) -> None:
        try:
            await self._job(at)
        except Exception:  # the next run tries again; the passes go on
            log.exception("%s: failed", self._what)
