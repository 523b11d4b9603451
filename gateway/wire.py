"""Spool rows to wire bytes and back to what the shore said; pure."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from core import pack
from core.pack import PackHead, Sentence
from core.qc import QcFlag
from core.reading import ClockState, Reading, SeriesKey
from core.topics import STREAM_PRIORITY, Stream
from gateway.spool import Row

MOST_RANGES = 100_000
MOST_SECONDS = 1e11
"""Unix time beyond the year 5000 is a fault of the sender. [s]"""
_series: dict[str, SeriesKey] = {}


def encode(gateway: str, stream: Stream, rows: Sequence[Row]) -> bytes:
    """Return the wire bytes of rows of one stream, boot and clock state, ascending, at least one."""
    head = PackHead(
        gateway=gateway, boot_id=rows[0].boot, clock=ClockState(rows[0].clock), priority=STREAM_PRIORITY[stream]
    )
    return pack.encode(head, [(row.seq, to_item(stream, row)) for row in rows])


def to_item(stream: Stream, row: Row) -> Reading | Sentence:
    """Return what a spool row stands for."""
    at = datetime.fromtimestamp(row.t_ms / 1000, UTC)
    if stream is not Stream.READING:
        return Sentence(receiver=row.name, observed_at=at, text=row.body or "")
    key = _series.get(row.name)
    if key is None:
        cage, point, quantity = row.name.split(".")
        key = _series.setdefault(row.name, SeriesKey(cage=cage, point=point, quantity=quantity))
    return Reading(series=key, observed_at=at, value=row.value, qc=QcFlag(row.qc))


def read_ack(payload: bytes | str) -> tuple[list[tuple[int, int]], float | None]:
    """Return the committed ranges of an acknowledgement and the shore's time; anything odd in it is left out.

    A message that is no acknowledgement gives no range: then nothing is deleted, and the rows are sent again.
    """
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError):
        return [], None
    if not isinstance(told, dict) or not isinstance(told.get("committed"), list):
        return [], None
    ranges = [(row[0], row[1]) for row in told["committed"][:MOST_RANGES] if _is_range(row)]
    return ranges, _seconds(told.get("at"))


def _seconds(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not abs(raw) < MOST_SECONDS:
        return None
    return float(raw)


def _is_range(row: object) -> bool:
    return isinstance(row, list) and len(row) == 2 and all(type(n) is int for n in row) and 0 <= row[0] <= row[1]
