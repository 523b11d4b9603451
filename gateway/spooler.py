"""The spool as the event loop sees it: items wait half a second at most, are accepted in groups, and block no poll.

All SQLite work runs in one thread, because a flush to an SD card may take long; the loop goes on meanwhile.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from core.errors import StartError
from core.topics import Stream
from gateway.outbox import URGENT
from gateway.spool import EVICTION_ORDER, Commit, Item, Spool, SpoolFullError

_log = logging.getLogger(__name__)
T = TypeVar("T")
MOST_WAITING = 50_000
"""Items kept in memory while the disk takes none; beyond, the least worthy go, with a gap record."""
FULL_PAUSE_S = 2.0
"""Pause between attempts on a full disk. [s]"""


class Spooler:
    """Collects, commits in groups, and answers reads; `on_commit` hears every newest sequence number."""

    def __init__(self, spool: Spool, *, interval_s: float, rows: int, on_commit: Callable[[int], None]) -> None:
        self.spool = spool
        self._interval_s, self._rows, self._on_commit = interval_s, rows, on_commit
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._waiting: list[Item] = []
        self._deletes: list[tuple[Stream, int, int]] = []
        self._wake = asyncio.Event()
        self._stopping = False
        self._lost: dict[Stream, list[int]] = {}
        self.accepted = 0
        self.commits = 0
        self.disk_full = False
        self.full_reason = ""

    def put(self, items: Sequence[Item]) -> None:
        """Take items for the next commit; they are accepted when that commit has returned."""
        self._waiting.extend(items)
        if len(self._waiting) >= self._rows or any(item.stream in URGENT for item in items):
            self._wake.set()
        if len(self._waiting) > MOST_WAITING:
            self._shed()

    def delete(self, ranges: Sequence[tuple[Stream, int, int]]) -> None:
        """Delete acknowledged rows with the next commit; until then a resend is merely a duplicate."""
        self._deletes.extend(ranges)

    async def call(self, work: Callable[..., T], *values: Any) -> T:
        """Return what `work` gives, run in the spool's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *values)

    async def run(self) -> None:
        """Commit in groups until `stop`."""
        while not self._stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._interval_s):
                    await self._wake.wait()
            self._wake.clear()
            if not await self.flush():
                await asyncio.sleep(FULL_PAUSE_S)
        await self.flush()

    def stop(self) -> None:
        """Ask `run` to commit what waits and return."""
        self._stopping = True
        self._wake.set()

    async def flush(self) -> bool:
        """Commit what waits now; returns False when the disk would not take it (it keeps waiting)."""
        if not self._waiting and not self._deletes:
            return True
        items, self._waiting = self._waiting, []
        deletes, self._deletes = self._deletes, []
        try:
            done, rest = await self.call(self._commit, items, deletes)
        except sqlite3.Error as exc:
            raise StartError(
                f"{self.spool.path}: the spool has failed ({exc}), nothing can be accepted. The gateway ends, to be "
                f"started anew; if that does not help, check the card and rescue the file with sqlite3 .recover."
            ) from exc
        self._waiting[:0], self._deletes[:0] = rest, deletes
        if rest:
            self._note_full(f"no room for {len(rest)} items")
        elif self.disk_full:
            self.disk_full = False
            _log.warning("the spool takes readings again", extra={"waiting": len(self._waiting)})
        self.accepted += len(done.seqs)
        self.commits += 1
        if done.evicted:
            _log.error("rows given up for want of room", extra={"rows": done.evicted})
        if done.seqs:
            self._on_commit(self.spool.last_seq())
        return not rest

    def _commit(self, items: list[Item], deletes: list[tuple[Stream, int, int]]) -> tuple[Commit, list[Item]]:
        """Return what was committed and the items that found no room; what is deleted leaves `deletes`."""
        try:
            done = self.spool.commit(items, deletes)
        except SpoolFullError:
            return self._commit_what_fits(items, deletes)
        deletes.clear()
        self._report_lost()
        if not self.spool.ballast.stands:
            self.spool.ballast.make()
        return done, []

    def _commit_what_fits(self, items: list[Item], deletes: list[tuple[Stream, int, int]]) -> tuple[Commit, list[Item]]:
        """A full disk: delete what is acknowledged, then take the most urgent, at the cost of lesser rows."""
        seqs: list[int] = []
        evicted, rest = 0, list(items)
        with contextlib.suppress(SpoolFullError):
            if deletes:
                self.spool.commit((), deletes)
                deletes.clear()
            for stream in reversed(EVICTION_ORDER):
                urgent = [item for item in items if item.stream is stream]
                if urgent:
                    evicted += self.spool.give_up(2 * len(urgent) + 64, below=stream)
                    seqs.extend(self.spool.commit(urgent).seqs)
                    rest = [item for item in rest if item.stream is not stream]
        return Commit(seqs=tuple(seqs), evicted=evicted), rest

    def _report_lost(self) -> None:
        """Put what was shed on record; what does not fit now waits, for the items just accepted must not come twice."""
        with contextlib.suppress(SpoolFullError):
            for stream, (count, from_ms, to_ms) in list(self._lost.items()):
                self.spool.note_unspoolable(stream, count, from_ms, to_ms)
                del self._lost[stream]

    def _note_full(self, reason: str) -> None:
        if not self.disk_full:
            _log.error("DISK FULL: nothing more can be accepted; free space on the gateway", extra={"reason": reason})
        self.disk_full, self.full_reason = True, reason

    def _shed(self) -> None:
        """Drop the least worthy tenth of what waits in memory, and remember how much for the gap record."""
        goal = MOST_WAITING * 9 // 10
        for stream in EVICTION_ORDER:
            excess = len(self._waiting) - goal
            if excess <= 0:
                return
            drop = [index for index, item in enumerate(self._waiting) if item.stream is stream][:excess]
            if drop:
                times = [self._waiting[index].t_ms for index in drop]
                count, from_ms, to_ms = self._lost.get(stream, [0, times[0], times[0]])
                self._lost[stream] = [count + len(drop), min(from_ms, *times), max(to_ms, *times)]
                gone = set(drop)
                self._waiting = [item for index, item in enumerate(self._waiting) if index not in gone]

    @property
    def waiting(self) -> int:
        """Return how many items wait in memory for the next commit."""
        return len(self._waiting)

    async def close(self) -> None:
        """Close the file; call after `run` has returned."""
        await self.call(self.spool.close)
        self._thread.shutdown()
