"""Row by row: what a gateway accepted against what stands in the database.

A stored reading must be one that was accepted: the same series, the same value, at its own millisecond or at the whole
second it was cut to; each row answers for one accepted reading. A stored sentence must be the accepted one of its
number, byte for byte. What is neither stored, nor given up on record by a gap, is lost; a row in quarantine is a
failure of its own.
"""

import contextlib
import sqlite3
import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

SECOND_MS = 1000


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """One row of the spool as its accepting transaction saw it; `text` of sentences, `value` of readings."""

    seq: int
    stream: str
    name: str
    t_ms: int
    value: float | None = None
    text: str | None = None


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One row of the database; readings carry no number (`seq` None), sentences do."""

    name: str
    t_ms: int
    value: float | None = None
    seq: int | None = None
    text: str | None = None


Ranges = Sequence[tuple[str, int, int]]


def compare(
    accepted: Iterable[Accepted], readings: Iterable[Stored], sentences: Iterable[Stored], gaps: Ranges
) -> dict[str, int]:
    """Return how many rows were lost, stored twice, or stored under another name, time or content than accepted.

    `merged` counts readings whose value another reading of the same series and second had already: the database
    keeps one row of such twins.
    """
    rows = list(accepted)
    found = _readings([r for r in rows if r.stream == "reading"], list(readings))
    absent, twice, wrong = _sentences([r for r in rows if r.stream == "nmea"], list(sentences))
    absent += found.absent
    lost = [r for r in absent if not any(s == r.stream and first <= r.seq <= last for s, first, last in gaps)]
    return {
        "accepted": len(rows), "lost": len(lost), "duplicates": found.twice + twice,
        "misattributed": found.wrong + wrong, "given_up_on_record": len(absent) - len(lost), "merged": found.merged,
    }  # fmt: skip


@dataclass(kw_only=True)
class _Matched:
    absent: list[Accepted]
    merged: int
    twice: int
    wrong: int


def _readings(accepted: Sequence[Accepted], stored: Sequence[Stored]) -> _Matched:
    free = Counter((r.name, r.t_ms, r.value) for r in stored)
    amended: dict[tuple[str, int, float | None], Accepted] = {}
    for row in accepted:  # a flag told later travels as the same series, time and value once more
        amended.setdefault((row.name, row.t_ms, row.value), row)
    taken: set[tuple[str, int, float | None]] = set()
    absent, merged = [], 0
    exact = [key for key in amended if free[key]]
    for key in [*exact, *(key for key in amended if not free[key])]:
        name, t_ms, value = key
        whole = (name, t_ms // SECOND_MS * SECOND_MS, value)
        place = next((p for p in (key, whole) if free[p] and p not in taken), None)
        if place is not None:
            taken.add(place)
        elif whole in taken:
            merged += 1
        else:
            absent.append(amended[key])
    spare = free - Counter(taken)
    known = {(name, t_ms // SECOND_MS, value) for name, t_ms, value in taken}
    twice = sum(n for (name, t_ms, value), n in spare.items() if (name, t_ms // SECOND_MS, value) in known)
    return _Matched(absent=absent, merged=merged, twice=twice, wrong=spare.total() - twice)


def _sentences(accepted: Sequence[Accepted], stored: Sequence[Stored]) -> tuple[list[Accepted], int, int]:
    by_seq = {row.seq: row for row in accepted}
    seen = Counter(row.seq for row in stored)
    wrong = 0
    for row in stored:
        told = by_seq.get(row.seq or -1)
        wrong += told is None or (told.name, told.t_ms, told.text) != (row.name, row.t_ms, row.text)
    return [row for row in accepted if not seen[row.seq]], sum(n - 1 for n in seen.values()), wrong


def audit(spool: Path, dsn: str) -> dict[str, Any]:
    """Return `compare` of a spool's audit table with a database, and what lies in quarantine by reason."""
    with contextlib.closing(sqlite3.connect(spool)) as db:
        told = db.execute("select seq, stream, name, t_ms, value, body from audit").fetchall()
    with psycopg.connect(dsn) as pg:
        readings = pg.execute(
            "select cage_id || '.' || point || '.' || quantity, "
            "round(extract(epoch from observed_at) * 1000)::bigint, value from reading join series using (series_id)"
        ).fetchall()
        raw = pg.execute(
            "select receiver, round(extract(epoch from observed_at) * 1000)::bigint, seq, line from nmea_raw"
        ).fetchall()
        gaps = pg.execute("select stream, first_seq, last_seq from gateway_gap").fetchall()
        aside = pg.execute("select reason, sum(n) from quarantine group by 1").fetchall()
    found: dict[str, Any] = dict(
        compare(
            [Accepted(seq=q, stream=s, name=n, t_ms=t, value=_float4(v), text=b) for q, s, n, t, v, b in told],
            [Stored(name=n, t_ms=t, value=_float4(v)) for n, t, v in readings],
            [Stored(name=n, t_ms=t, seq=q, text=line) for n, t, q, line in raw],
            gaps,
        )
    )
    aside_by_reason = {str(reason): int(n) for reason, n in aside}
    return found | {
        "stored": len(readings) + len(raw), "quarantined": sum(aside_by_reason.values()), "reasons": aside_by_reason,
    }  # fmt: skip


def _float4(value: float | None) -> float | None:
    """Return the nearest number of the database's column (real)."""
    return None if value is None else float(struct.unpack("f", struct.pack("f", value))[0])


def failed(found: dict[str, Any]) -> bool:
    """Return whether an audit breaks the promise."""
    return any(found[name] for name in ("lost", "duplicates", "misattributed", "quarantined"))
