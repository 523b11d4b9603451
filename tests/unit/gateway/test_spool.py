"""The spool's promises on a real file: accepted survives, full is loud, gaps are on record, numbers never repeat."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import StartError
from core.reading import ClockState
from core.topics import Stream
from gateway.spool import GAP, PAGE_BYTES, Item, Spool

NOW_S = 1.79e9


def reading(index: int, clock: ClockState = ClockState.SYNCED) -> Item:
    name = f"dt01-c{index % 3:02d}.d2.do_mg_l"
    return Item(stream=Stream.READING, name=name, t_ms=1_790_000_000_000 + index, clock=clock, value=index / 7)


def text(stream: Stream, index: int, size: int = 60) -> Item:
    return Item(stream=stream, name="rx1", t_ms=1_790_000_000_000 + index, clock=ClockState.SYNCED, body="x" * size)


def opened(path: Path, **more: object) -> Spool:
    return Spool(path, **({"boot": "b1", "now_s": NOW_S, "ballast_bytes": 0} | more))  # type: ignore[arg-type]


def everything(spool: Spool, stream: Stream) -> list[int]:
    return [row.seq for row in spool.rows(stream, 0, 2**62, 10**6)]


def gaps(spool: Spool) -> list[dict[str, object]]:
    return [json.loads(r.body or "") for r in spool.rows(Stream.HEALTH, 0, 2**62, 10**6) if r.name == GAP]


def test_sequence_numbers_run_over_streams_and_restarts_and_never_repeat(tmp_path: Path) -> None:
    first = opened(tmp_path / "s")
    seqs = first.commit([reading(1), text(Stream.NMEA, 2), reading(3)]).seqs
    first.commit(
        [], [(Stream.READING, seqs[0], seqs[0]), (Stream.NMEA, seqs[1], seqs[1]), (Stream.READING, seqs[2], seqs[2])]
    )
    first.close()
    second = opened(tmp_path / "s", boot="b2")
    assert sum(second.counts.values()) == 0
    assert second.commit([reading(4)]).seqs == (seqs[2] + 1,)
    assert max(seqs) < 2**53
    second.close()


def test_new_file_starts_above_all_numbers_of_an_older_one(tmp_path: Path) -> None:
    old, new = opened(tmp_path / "a"), opened(tmp_path / "b", now_s=NOW_S + 3600)
    assert new.last_seq() - old.last_seq() == 3600 << 20
    blind, blind2 = opened(tmp_path / "c", now_s=100.0), opened(tmp_path / "d", now_s=100.0)
    assert blind.last_seq() != blind2.last_seq(), "without a clock the start is random"
    assert blind.last_seq() < old.last_seq()
    for spool in (old, new, blind, blind2):
        spool.close()


WRITER = """
import sys
from pathlib import Path
from gateway.spool import Spool, Item
from core.reading import ClockState
from core.topics import Stream
spool = Spool(Path(sys.argv[1]), boot="b", now_s=1.79e9, ballast_bytes=0)
n = 0
while True:
    one = dict(stream=Stream.READING, name="a.b.ph", clock=ClockState.SYNCED, value=1.0)
    items = [Item(t_ms=n + i, **one) for i in range(20)]
    seqs = spool.commit(items).seqs
    n += 20
    print(seqs[-1], flush=True)
"""


def test_sigkill_at_any_moment_loses_nothing_that_commit_returned(tmp_path: Path) -> None:
    for round_ in range(3):
        path = tmp_path / f"s{round_}"
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        last = [int(process.stdout.readline()) for _ in range(30 + 17 * round_)][-1]
        os.kill(process.pid, signal.SIGKILL)
        rest = [int(line) for line in process.stdout.read().split()]
        process.stdout.close()
        process.wait()
        told = max([last, *rest])
        spool = opened(path)
        kept = everything(spool, Stream.READING)
        assert kept[-1] >= told
        assert kept == list(range(kept[0], kept[-1] + 1)), "whole commits only, none missing"
        spool.close()


def test_quota_gives_up_the_least_worthy_first_and_leaves_exact_gaps(tmp_path: Path) -> None:
    spool = opened(tmp_path / "s", quota_bytes=400 * PAGE_BYTES)
    accepted: dict[Stream, list[int]] = {s: [] for s in Stream}
    distress = spool.commit([text(Stream.DISTRESS, 0)]).seqs
    for step in range(120):
        for stream in (Stream.NMEA, Stream.READING):
            items = [text(stream, i, 200) if stream is Stream.NMEA else reading(i) for i in range(100)]
            accepted[stream] += spool.commit(items).seqs
        assert spool.used_bytes <= 401 * PAGE_BYTES, step
    assert everything(spool, Stream.DISTRESS) == list(distress), "distress is never given up while lesser rows stand"
    assert everything(spool, Stream.READING) == accepted[Stream.READING], "positions went before readings"
    kept = everything(spool, Stream.NMEA)
    lost = sorted(set(accepted[Stream.NMEA]) - set(kept))
    assert lost
    assert kept == accepted[Stream.NMEA][len(lost) :], "the oldest went"
    found = gaps(spool)
    assert sum(int(str(g["count"])) for g in found) == len(lost)
    assert {g["stream"] for g in found} == {"nmea"}
    assert all(any(int(str(g["first"])) <= seq <= int(str(g["last"])) for g in found) for seq in lost)
    assert spool.evicted_rows == len(lost)
    spool.close()


def test_gap_record_on_its_way_grows_no_more(tmp_path: Path) -> None:
    spool = opened(tmp_path / "s", quota_bytes=64 * PAGE_BYTES)
    while not gaps(spool):
        spool.commit([text(Stream.NMEA, i, 500) for i in range(50)])
    row = next(r for r in spool.rows(Stream.HEALTH, 0, 2**62, 10) if r.name == GAP)
    spool.freeze_gap(row.seq)
    while len(gaps(spool)) == 1:
        spool.commit([text(Stream.NMEA, i, 500) for i in range(50)])
    assert spool.rows(Stream.HEALTH, row.seq, row.seq, 1)[0].body == row.body
    spool.close()


def test_rows_of_one_batch_share_boot_and_clock(tmp_path: Path) -> None:
    first = opened(tmp_path / "s")
    first.commit([reading(1), reading(2), reading(3, ClockState.STEPPED)])
    first.close()
    second = opened(tmp_path / "s", boot="b2")
    second.commit([reading(4)])
    got = second.rows(Stream.READING, 0, 2**62, 100)
    assert [(r.boot, r.clock) for r in got] == [("b1", 1)] * 2
    got = second.rows(Stream.READING, got[-1].seq + 1, 2**62, 100)
    assert [(r.boot, r.clock) for r in got] == [("b1", 2)]
    second.close()


def test_unsynced_rows_are_held_and_corrected_together(tmp_path: Path) -> None:
    spool = opened(tmp_path / "s")
    spool.commit([reading(1, ClockState.UNSYNCED), text(Stream.NMEA, 2)])
    assert spool.rows(Stream.READING, 0, 2**62, 10, hold_clock=True) == []
    assert spool.correct_clock(5000) == 1
    (row,) = spool.rows(Stream.READING, 0, 2**62, 10, hold_clock=True)
    assert (row.t_ms, row.clock) == (1_790_000_005_001, 1)
    spool.close()


def test_another_boots_unsynced_rows_are_not_held_for_ever(tmp_path: Path) -> None:
    first = opened(tmp_path / "s")
    first.commit([reading(1, ClockState.UNSYNCED)])
    first.close()
    second = opened(tmp_path / "s", boot="b2")
    assert [r.clock for r in second.rows(Stream.READING, 0, 2**62, 10, hold_clock=True)] == [0]
    assert second.correct_clock(5000) == 0
    second.close()


def test_second_gateway_on_the_same_spool_is_refused_with_advice(tmp_path: Path) -> None:
    spool = opened(tmp_path / "s")
    spool.commit([reading(1)])
    program = (
        "from pathlib import Path; from gateway.spool import Spool; "
        f"Spool(Path({str(tmp_path / 's')!r}), boot='x', now_s=1.79e9)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert "no other gateway uses this file" in done.stderr
    spool.close()


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to look at" * 100])
def test_damaged_spool_is_refused_and_not_touched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s"
    path.write_bytes(content)
    with pytest.raises(StartError, match="damaged"):
        opened(path)
    assert path.read_bytes() == content


def test_missing_folder_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="folder exists"):
        opened(tmp_path / "none" / "s")


def test_every_commit_is_durable_by_setting(tmp_path: Path) -> None:
    spool = opened(tmp_path / "s")
    values = [spool._db.execute(f"pragma {name}").fetchone()[0] for name in ("synchronous", "journal_mode")]
    assert values == [2, "wal"]
    spool.close()
    with sqlite3.connect(tmp_path / "s") as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
    db.close()


def test_unspoolable_items_get_numbers_of_their_own_in_a_gap(tmp_path: Path) -> None:
    spool = opened(tmp_path / "s")
    before = spool.last_seq()
    spool.note_unspoolable(Stream.READING, 40, 1_790_000_000_000, 1_790_000_060_000)
    (gap,) = gaps(spool)
    assert (gap["first"], gap["last"], gap["count"], gap["reason"]) == (before + 1, before + 40, 40, "disk_full")
    assert spool.commit([reading(1)]).seqs[0] > before + 40
    spool.close()
