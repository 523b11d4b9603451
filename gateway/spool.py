# ruff: noqa: S608 - table names in statements come from the Stream enum, values are bound
"""The spool: SQLite in WAL mode with ``synchronous=FULL``; what `commit` has returned is accepted and survives.

One table per stream, so that each is read in order of sequence number without an index. Sequence numbers count over
all streams and boots, never repeat, and stay below 2**53; a new file starts at ``unix seconds << 20`` so that a changed
SD card cannot repeat the numbers of the old one.
"""

import contextlib
import itertools
import random
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from core.reading import ClockState
from core.topics import Stream
from gateway.clock import OLDEST_PLAUSIBLE_S
from gateway.spool_file import Ballast, open_file
from gateway.spool_rows import (
    EVICT_SHARE,
    EVICTION_ORDER,
    FREE_AT_LEAST_PAGES,
    GAP,
    PAGE_BYTES,
    Commit,
    Gap,
    Item,
    Row,
    SpoolFullError,
)

__all__ = ["EVICTION_ORDER", "GAP", "PAGE_BYTES", "Commit", "Item", "Row", "Spool", "SpoolFullError"]

COMMANDS_KEPT_MS = 7 * 86_400_000
"""Ids of commands are remembered for a week; none is valid that long. [ms]"""

T = TypeVar("T")


class Spool:
    """The file and its rules. Use from one thread at a time."""

    def __init__(
        self, path: Path, *, boot: str, now_s: float, quota_bytes: int = 512 << 20, ballast_bytes: int = 4 << 20
    ) -> None:
        self.path, self.boot = path, boot
        self._quota_pages = max(quota_bytes // PAGE_BYTES, 64)
        self.ballast = Ballast(path.with_name(path.name + ".ballast"), ballast_bytes)
        self._gaps: dict[Stream, Gap] = {}
        self.evicted_rows = 0
        self._db = open_file(path)
        self._series: dict[str, int] = dict(self._db.execute("select name, id from series"))
        self._names = {number: name for name, number in self._series.items()}
        self._boots = dict(self._db.execute("select id, boot from boot"))
        self._boot = self._boot_number(boot)
        self._next_seq = self._first_seq(now_s)
        self.counts = {s: self._one(f"select count(*) from {s}") for s in Stream}
        self.ballast.make()

    # Opening ------------------------------------------------------------------------------------------------

    def _one(self, sql: str, *values: object) -> int:
        row = self._db.execute(sql, values).fetchone()
        return int(row[0] or 0) if row else 0

    def _boot_number(self, boot: str) -> int:
        self._db.execute("insert or ignore into boot (boot) values (?)", (boot,))
        number = self._one("select id from boot where boot = ?", boot)
        self._boots[number] = boot
        return number

    def _first_seq(self, now_s: float) -> int:
        kept = self._one("select value from meta where key = 'next_seq'")
        if kept:
            return kept
        start = int(now_s) << 20
        if now_s < OLDEST_PLAUSIBLE_S:  # no clock yet: a random place below all that a set clock would give
            start = random.SystemRandom().randrange(1 << 40, int(OLDEST_PLAUSIBLE_S) << 20)
        self._db.execute("insert into meta values ('next_seq', ?)", (start,))
        return start

    # Accepting and deleting -----------------------------------------------------------------------------------

    def commit(self, items: Sequence[Item], acknowledged: Iterable[tuple[Stream, int, int]] = ()) -> Commit:
        """Accept items and delete acknowledged ranges in one durable transaction.

        Raises
        ------
        SpoolFullError
            When there is no room even after giving up lesser streams; nothing changed.
        """
        ranges = list(acknowledged)
        done = self._try(lambda: self._transaction(items, ranges), reserve=not items)
        if done is None:
            raise SpoolFullError(f"{self.path}: no room for {len(items)} items; free the disk.")
        return done

    def _try(self, work: Callable[[], T], *, reserve: bool) -> T | None:
        """Return what a transaction gives, None when there is no room.

        Room is looked for in the log first. The ballast is the `reserve` of work that makes room (deleting, giving up):
        taking in more never uses it up.
        """
        for remedy in (self._checkpoint, self._drop_ballast, None):
            try:
                return work()
            except sqlite3.OperationalError as exc:
                self._roll_back()
                if not _is_full(exc):
                    raise
            if remedy is None or (remedy == self._drop_ballast and not reserve):
                return None
            remedy()
            self._checkpoint()
        return None

    def _transaction(self, items: Sequence[Item], ranges: Iterable[tuple[Stream, int, int]]) -> Commit:
        db, first = self._db, self._next_seq
        db.execute("begin immediate")
        counts, gaps, evicted_before = dict(self.counts), dict(self._gaps), self.evicted_rows
        try:
            for stream, low, high in ranges:
                gone = db.execute(f"delete from {stream} where seq between ? and ?", (low, high)).rowcount
                self.counts[stream] -= gone
                self._forget_gap(low, high)
            seqs = self._insert(items)
            evicted = self._make_room(items)
            db.execute("update meta set value = ? where key = 'next_seq'", (self._next_seq,))
            db.execute("commit")
        except BaseException:
            self._next_seq, self.counts, self._gaps, self.evicted_rows = first, counts, gaps, evicted_before
            raise
        return Commit(seqs=seqs, evicted=evicted)

    def _insert(self, items: Sequence[Item]) -> tuple[int, ...]:
        readings: list[tuple[object, ...]] = []
        texts: dict[Stream, list[tuple[object, ...]]] = {}
        first = self._next_seq
        for seq, item in enumerate(items, first):
            if item.stream is Stream.READING:
                number = self._series.get(item.name) or self._series_number(item.name)
                readings.append((seq, self._boot, int(item.clock), item.t_ms, number, item.value, item.qc))
            else:
                row = (seq, self._boot, int(item.clock), item.t_ms, item.name, item.body or "")
                texts.setdefault(item.stream, []).append(row)
        self._next_seq = first + len(items)
        if readings:
            self._db.executemany("insert into reading values (?, ?, ?, ?, ?, ?, ?)", readings)
            self.counts[Stream.READING] += len(readings)
        for stream, rows in texts.items():
            self._db.executemany(f"insert into {stream} values (?, ?, ?, ?, ?, ?)", rows)
            self.counts[stream] += len(rows)
        return tuple(range(first, self._next_seq))

    def _series_number(self, name: str) -> int:
        self._db.execute("insert or ignore into series (name) values (?)", (name,))
        number = self._one("select id from series where name = ?", name)
        self._series[name], self._names[number] = number, name
        return number

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.OperationalError):
            self._db.execute("rollback")
        self._series = dict(self._db.execute("select name, id from series"))
        self._names = {number: name for name, number in self._series.items()}

    # Room -----------------------------------------------------------------------------------------------------

    def used_pages(self) -> int:
        """Return how many pages hold something."""
        return self._one("pragma page_count") - self._one("pragma freelist_count")

    @property
    def used_bytes(self) -> int:
        """Return how much of the quota is used. [byte]"""
        return self.used_pages() * PAGE_BYTES

    @property
    def quota_bytes(self) -> int:
        """Return the quota. [byte]"""
        return self._quota_pages * PAGE_BYTES

    def _make_room(self, items: Sequence[Item]) -> int:
        used = self.used_pages()
        if used <= self._quota_pages:
            return 0
        goal = min(self._quota_pages - int(self._quota_pages * EVICT_SHARE), self._quota_pages - FREE_AT_LEAST_PAGES)
        total = 0
        for stream in EVICTION_ORDER:
            while used > goal:
                evicted = self._evict(stream, 256 * max(1, (used - goal) // 8), "quota", items)
                if not evicted:
                    break
                total += evicted
                used = self.used_pages()
        return total

    def _evict(self, stream: Stream, rows: int, reason: str, items: Sequence[Item]) -> int:
        """Give up the oldest rows of a stream and leave a gap record; gap records themselves stay."""
        keep = f"where name <> '{GAP}'" if stream is Stream.HEALTH else ""
        found = self._db.execute(
            f"select min(seq), max(seq), count(*), min(t_ms), max(t_ms) from "
            f"(select seq, t_ms from {stream} {keep} order by seq limit ?)", (rows,)
        ).fetchone()  # fmt: skip
        if not found[2]:
            return 0
        also = f" and name <> '{GAP}'" if stream is Stream.HEALTH else ""
        self._db.execute(f"delete from {stream} where seq between ? and ?{also}", (found[0], found[1]))
        self.counts[stream] -= found[2]
        self.evicted_rows += found[2]
        clock = items[-1].clock if items else ClockState.SYNCED
        self._leave_gap(stream, found, reason, clock)
        return int(found[2])

    def _leave_gap(self, stream: Stream, found: tuple[int, int, int, int, int], reason: str, clock: ClockState) -> None:
        first, last, count, from_ms, to_ms = found
        gap = self._gaps.get(stream)
        if gap is not None and gap.reason == reason and gap.first <= first:
            grown = Gap(
                seq=gap.seq, first=gap.first, last=max(gap.last, last), count=gap.count + count,
                from_ms=min(gap.from_ms, from_ms), to_ms=max(gap.to_ms, to_ms), reason=reason,
            )  # fmt: skip
            self._db.execute("update health set body = ? where seq = ?", (grown.body(stream), gap.seq))
        else:
            grown = Gap(
                seq=self._next_seq, first=first, last=last, count=count, from_ms=from_ms, to_ms=to_ms, reason=reason
            )
            self._next_seq += 1
            self._db.execute(
                "insert into health values (?, ?, ?, ?, ?, ?)",
                (grown.seq, self._boot, int(clock), to_ms, GAP, grown.body(stream)),
            )
            self.counts[Stream.HEALTH] += 1
        self._gaps[stream] = grown

    def _forget_gap(self, low: int, high: int) -> None:
        self._gaps = {s: g for s, g in self._gaps.items() if not low <= g.seq <= high}

    def note_unspoolable(self, stream: Stream, count: int, from_ms: int, to_ms: int) -> None:
        """Leave a gap record for items that never fitted: numbers are spent on them, so that shore can count them."""
        first = self._next_seq
        self._next_seq += count
        self._db.execute("begin immediate")
        try:
            self._leave_gap(stream, (first, first + count - 1, count, from_ms, to_ms), "disk_full", ClockState.SYNCED)
            self._db.execute("update meta set value = ? where key = 'next_seq'", (self._next_seq,))
            self._db.execute("commit")
        except sqlite3.OperationalError as exc:
            self._roll_back()
            self._next_seq = first
            self._gaps.pop(stream, None)
            raise SpoolFullError(str(exc)) from exc

    def freeze_gap(self, seq: int) -> None:
        """Let a gap record grow no more: it is about to be sent, later losses get a record of their own."""
        self._gaps = {s: g for s, g in self._gaps.items() if g.seq != seq}

    def give_up(self, rows: int, *, below: Stream) -> int:
        """Give up at least `rows` rows of streams less worthy than `below` because the disk is full; returns how many.

        Old rows never make way for new ones of their own kind: on a disk that others filled, that would only lose more.
        """
        lesser = EVICTION_ORDER[: EVICTION_ORDER.index(below)]
        if not any(self.counts[stream] for stream in lesser):
            return 0
        done = self._try(lambda: self._give_up(rows, lesser), reserve=True)
        if done is None:
            raise SpoolFullError(f"{self.path}: no room even to delete; free the disk.")
        return done

    def _give_up(self, rows: int, lesser: Sequence[Stream]) -> int:
        before = (self._next_seq, dict(self.counts), dict(self._gaps), self.evicted_rows)
        self._db.execute("begin immediate")
        try:
            total = 0
            for stream in lesser:
                if total < rows:
                    total += self._evict(stream, rows - total, "disk_full", ())
            self._db.execute("update meta set value = ? where key = 'next_seq'", (self._next_seq,))
            self._db.execute("commit")
        except BaseException:
            self._next_seq, self.counts, self._gaps, self.evicted_rows = before
            raise
        return total

    def _checkpoint(self) -> None:
        with contextlib.suppress(sqlite3.DatabaseError):
            self._db.execute("pragma wal_checkpoint(truncate)").fetchall()

    def _drop_ballast(self) -> None:
        self.ballast.drop()

    # Reading --------------------------------------------------------------------------------------------------

    def rows(self, stream: Stream, low: int, high: int, limit: int, *, hold_clock: bool = False) -> list[Row]:
        """Return at most `limit` rows with low <= seq <= high, ascending, all of one boot and clock state.

        `hold_clock` leaves out rows of this boot whose clock was not synced: they wait for their correction.
        """
        held = f" and not (clk = 0 and boot = {self._boot})" if hold_clock else ""
        found = self._db.execute(
            f"select * from {stream} where seq between ? and ?{held} order by seq limit ?", (low, high, limit)
        ).fetchall()
        if found and found[-1][1:3] != found[0][1:3]:
            found = list(itertools.takewhile(lambda row: row[1:3] == found[0][1:3], found))
        if stream is Stream.READING:
            names, boots = self._names, self._boots
            return [
                Row(seq=r[0], boot=boots[r[1]], clock=r[2], t_ms=r[3], name=names[r[4]], value=r[5], qc=r[6])
                for r in found
            ]
        return [Row(seq=r[0], boot=self._boots[r[1]], clock=r[2], t_ms=r[3], name=r[4], body=r[5]) for r in found]

    def last_seq(self) -> int:
        """Return the newest sequence number given out."""
        return self._next_seq - 1

    def bounds(self, stream: Stream) -> tuple[int, int] | None:
        """Return the lowest and highest sequence number of a stream, None when it is empty."""
        row = self._db.execute(f"select min(seq), max(seq) from {stream}").fetchone()
        return None if row[0] is None else (int(row[0]), int(row[1]))

    def oldest_ms(self) -> int | None:
        """Return the time of the oldest row of all streams."""
        found = [self._db.execute(f"select t_ms from {s} order by seq limit 1").fetchone() for s in Stream]
        return min((int(row[0]) for row in found if row), default=None)

    # Clock and commands ---------------------------------------------------------------------------------------

    def correct_clock(self, shift_ms: int) -> int:
        """Move every unsynced row of this boot by the first sync's difference; returns how many rows.

        Raises
        ------
        SpoolFullError
            When the disk has no room for it; nothing moved.
        """
        moved = self._try(lambda: self._correct_clock(shift_ms), reserve=True)
        if moved is None:
            raise SpoolFullError(f"{self.path}: no room to correct times; free the disk.")
        return moved

    def _correct_clock(self, shift_ms: int) -> int:
        self._db.execute("begin immediate")
        total = 0
        for stream in Stream:
            total += self._db.execute(
                f"update {stream} set t_ms = t_ms + ?, clk = 1 where clk = 0 and boot = ?", (shift_ms, self._boot)
            ).rowcount
        self._db.execute("commit")
        return total

    def kept_base_s(self) -> float | None:
        """Return the unsynced timeline's base of this boot, if an earlier run of this boot kept one. [s]"""
        row = self._db.execute("select value from meta where key = ?", (f"base:{self.boot}",)).fetchone()
        return None if row is None else float(row[0])

    def keep_base_s(self, base_s: float) -> None:
        """Keep the timeline's base of this boot over a restart of the process."""
        self._db.execute("delete from meta where key like 'base:%'")
        self._db.execute("insert into meta values (?, ?)", (f"base:{self.boot}", base_s))

    def begin_command(self, command_id: str, now_ms: int) -> str | None:
        """Note a command durably before it is carried out; returns its state if it was seen before, else None.

        Raises
        ------
        SpoolFullError
            When it cannot be noted; then it must not be carried out.
        """
        seen = self.command_state(command_id)
        if seen is None and self._try(lambda: self._note_command(command_id, now_ms), reserve=True) is None:
            raise SpoolFullError(f"{self.path}: no room to note a command; free the disk.")
        return seen

    def command_state(self, command_id: str) -> str | None:
        """Return how a command of this id ended, "started" when its end is not known, None when it is new."""
        row = self._db.execute("select state from command where id = ?", (command_id,)).fetchone()
        return None if row is None else str(row[0])

    def _note_command(self, command_id: str, now_ms: int) -> bool:
        self._db.execute("delete from command where at_ms < ?", (now_ms - COMMANDS_KEPT_MS,))
        self._db.execute("insert into command values (?, ?, 'started')", (command_id, now_ms))
        return True

    def end_command(self, command_id: str, state: str) -> None:
        """Note how a command ended; on a full disk it stays "started", and a repeat is answered with "unknown"."""
        self._try(
            lambda: self._db.execute("update command set state = ? where id = ?", (state, command_id)), reserve=True
        )

    def close(self) -> None:
        """Checkpoint and close the file."""
        self._checkpoint()
        self._db.close()


def _is_full(exc: sqlite3.OperationalError) -> bool:
    name = getattr(exc, "sqlite_errorname", "") or ""
    return name.startswith(("SQLITE_FULL", "SQLITE_IOERR")) or "full" in str(exc)
