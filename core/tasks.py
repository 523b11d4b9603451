"""Ending tasks for certain."""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_S = 0.1
"""How long a cancelled task may tidy up before it is cancelled once more. [s]"""


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Return when every task has ended: each is cancelled, again and again until it is done.

    Notes
    -----
    Once is not enough. ``asyncio.wait_for`` of Python 3.11 returns its result and forgets a cancellation that comes in
    the same turn of the loop (python/cpython issue 86296, mended in 3.12), so a task that loops around it would run on
    and whoever awaits it would hang. A task's own error stays in it; ask the task.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_S)
