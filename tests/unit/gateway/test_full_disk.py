"""A full disk: nothing is accepted silently, acknowledged rows make room, and every loss is on record.

The limit is RLIMIT_FSIZE in a process of its own: SQLite's writes then fail as on a full disk, without root.
"""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from core.reading import ClockState
from core.topics import Stream
from gateway.spool import GAP, Commit, Item, Spool, SpoolFullError
from gateway.spooler import MOST_WAITING, Spooler

PROGRAM = """
import json, resource, signal, sys
from pathlib import Path
from core.reading import ClockState
from core.topics import Stream
from gateway.spool import Item, Spool, SpoolFullError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
LIMIT, BALLAST = 600_000, 1_000_000
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
class OnFullDisk(Spool):
    def _drop_ballast(self):  # here a file's limit stands for the disk: giving the ballast makes that much room
        if self.ballast.stands:
            limit(LIMIT + BALLAST)
        super()._drop_ballast()
spool = OnFullDisk(Path(sys.argv[1]), boot="b", now_s=1.79e9, ballast_bytes=BALLAST)
def items(stream, n):
    one = dict(stream=stream, name="a.b.ph", clock=ClockState.SYNCED, value=1.0, body="x" * 200)
    return [Item(t_ms=i, **one) for i in range(n)]
seqs = list(spool.commit(items(Stream.READING, 2000)).seqs) + list(spool.commit(items(Stream.NMEA, 2000)).seqs)
limit(LIMIT)
refused = False
for _ in range(200):
    try:
        seqs += spool.commit(items(Stream.NMEA, 100)).seqs
    except SpoolFullError:
        refused = True
        break
ballast = spool.ballast.stands
left = dict(spool.counts)
drained = 0
while sum(spool.counts.values()) and drained < 500:
    bounds = spool.bounds(Stream.NMEA) or spool.bounds(Stream.READING)
    if bounds is None:
        break
    stream = Stream.NMEA if spool.bounds(Stream.NMEA) else Stream.READING
    rows = spool.rows(stream, 0, 2**62, 200)
    spool.commit([], [(stream, rows[0].seq, rows[-1].seq)])
    drained += 1
again = spool.commit(items(Stream.READING, 10)).seqs
print(json.dumps({"refused": refused, "ballast": ballast, "accepted": len(seqs), "left": sum(left.values()),
                  "after": list(again), "last": seqs[-1], "rows": spool.counts[Stream.READING]}))
spool.close()
"""


def test_full_disk_refuses_loudly_keeps_what_was_accepted_and_drains(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "s")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    told = json.loads(done.stdout)
    assert told["refused"], "a commit that does not fit raises, it is never half accepted"
    assert told["left"] == told["accepted"], "what was accepted before still stands, whole"
    assert told["ballast"], "taking in more never uses the ballast: it is kept for the drain"
    assert told["rows"] == 10, "draining works on the full disk, and it takes readings again"
    assert told["after"][0] > told["last"], "no number is used twice"


def test_giving_up_for_a_full_disk_leaves_a_gap_of_the_least_worthy(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", boot="b", now_s=1.79e9, ballast_bytes=0)
    for stream in (Stream.NMEA, Stream.READING):
        spool.commit(
            [
                Item(stream=stream, name="a.b.ph", t_ms=n, clock=ClockState.SYNCED, value=1.0, body="x")
                for n in range(3000)
            ]
        )
    assert spool.give_up(1000, below=Stream.NMEA) == 0, "old positions do not make way for new ones"
    assert spool.give_up(1000, below=Stream.READING) == 1000
    assert spool.counts[Stream.READING] == 3000
    gap = next(r for r in spool.rows(Stream.HEALTH, 0, 2**62, 10) if r.name == GAP)
    told = json.loads(gap.body or "")
    assert (told["stream"], told["count"], told["reason"]) == ("nmea", 1000, "disk_full")
    spool.close()


def test_times_that_find_no_room_to_be_corrected_leave_the_spool_usable(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", boot="b", now_s=1.79e9, ballast_bytes=0)
    one = Item(stream=Stream.READING, name="a.b.ph", t_ms=1000, clock=ClockState.UNSYNCED, value=1.0)
    spool.commit([one])
    plain = spool._correct_clock

    def full(shift_ms: int) -> int:
        spool._db.execute("begin immediate")
        raise sqlite3.OperationalError("database or disk is full")

    spool._correct_clock = full  # type: ignore[method-assign]
    with pytest.raises(SpoolFullError, match="correct times"):
        spool.correct_clock(500)
    spool._correct_clock = plain  # type: ignore[method-assign]
    spool.commit([one])
    assert spool.correct_clock(500) == 2
    assert {(row.t_ms, row.clock) for row in spool.rows(Stream.READING, 0, 2**62, 9)} == {(1500, 1)}
    spool.close()


async def test_full_disk_takes_distress_first_keeps_readings_waiting_and_recovers(tmp_path: Path) -> None:
    """Small transactions still fit: the urgent goes in, the rest waits in memory, and nothing goes in twice."""
    spool = Spool(tmp_path / "s", boot="b", now_s=1.79e9, ballast_bytes=0)
    full = {"most": 10**9}
    plain = spool.commit

    def commit(items: Sequence[Item], acknowledged: Iterable[tuple[Stream, int, int]] = ()) -> Commit:
        if len(items) > full["most"]:
            raise SpoolFullError("no room")
        return plain(items, acknowledged)

    spool.commit = commit  # type: ignore[method-assign]
    heard: list[int] = []
    spooler = Spooler(spool, interval_s=0.1, rows=1000, on_commit=heard.append)

    def items(stream: Stream, count: int) -> list[Item]:
        return [
            Item(stream=stream, name="a.b.ph", t_ms=n, clock=ClockState.SYNCED, value=1.0, body="x")
            for n in range(count)
        ]

    full["most"] = 3
    spooler.put([*items(Stream.READING, 50), *items(Stream.DISTRESS, 2)])
    assert not await spooler.flush()
    assert (spool.counts[Stream.DISTRESS], spool.counts[Stream.READING]) == (2, 0)
    assert (spooler.disk_full, spooler.waiting) == (True, 50)
    full["most"] = 10**9
    assert await spooler.flush()
    assert (spool.counts[Stream.READING], spooler.disk_full, spooler.accepted) == (50, False, 52)
    assert heard == [spool.last_seq() - 50, spool.last_seq()]
    await spooler.close()


async def test_memory_is_bounded_while_the_disk_is_full_and_what_is_shed_is_on_record(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", boot="b", now_s=1.79e9, ballast_bytes=0)
    spooler = Spooler(spool, interval_s=0.1, rows=10**9, on_commit=lambda newest: None)
    one = Item(stream=Stream.NMEA, name="rx1", t_ms=1, clock=ClockState.SYNCED, body="x")
    spooler.put([one] * (MOST_WAITING + 1))
    assert spooler.waiting == MOST_WAITING * 9 // 10
    shed = MOST_WAITING + 1 - spooler.waiting
    assert await spooler.flush()
    gap = next(r for r in spool.rows(Stream.HEALTH, 0, 2**62, 10) if r.name == GAP)
    assert json.loads(gap.body or "")["count"] == shed
    await spooler.close()
