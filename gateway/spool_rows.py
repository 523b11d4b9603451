"""What the spool holds, as values, and the tables that hold it."""

import json
from dataclasses import dataclass

from core.qc import QcFlag
from core.reading import ClockState
from core.topics import Stream

PAGE_BYTES = 4096
SCHEMA_VERSION = 1
EVICTION_ORDER = (Stream.HEALTH, Stream.NMEA, Stream.READING, Stream.ALARM, Stream.DISTRESS)
"""A full spool gives up the least first: health, positions, readings, alarms, distress."""
GAP = "gap"
_TEXT_STREAMS = tuple(s for s in Stream if s is not Stream.READING)
EVICT_SHARE = 0.02
"""Share of the quota that one eviction frees, so that it does not happen at every commit."""
FREE_AT_LEAST_PAGES = 64

SCHEMA = f"""
create table if not exists meta (key text primary key, value) without rowid;
create table if not exists series (id integer primary key, name text not null unique);
create table if not exists boot (id integer primary key, boot text not null unique);
create table if not exists reading (
    seq integer primary key, boot integer not null, clk integer not null, t_ms integer not null,
    series integer not null, value real, qc integer not null);
create table if not exists command (id text primary key, at_ms integer not null, state text not null) without rowid;
{
    "".join(
        f'''
create table if not exists {s} (
    seq integer primary key, boot integer not null, clk integer not null, t_ms integer not null,
    name text not null, body text not null);'''
        for s in _TEXT_STREAMS
    )
}
"""


class SpoolFullError(Exception):
    """The disk or the quota has no room even after giving up lesser streams; nothing of the batch was accepted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """Something to accept. A reading has `value` and `qc`; a text has `body` (a raw sentence or a JSON object)."""

    stream: Stream
    name: str
    t_ms: int
    clock: ClockState
    value: float | None = None
    qc: int = int(QcFlag.GOOD)
    body: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """An accepted item as it stands in the spool."""

    seq: int
    boot: str
    clock: int
    t_ms: int
    name: str
    value: float | None = None
    qc: int = 1
    body: str | None = None


@dataclass(frozen=True, kw_only=True)
class Commit:
    """What one commit did: the sequence numbers in the order of the items, and how many rows it gave up."""

    seqs: tuple[int, ...]
    evicted: int = 0


@dataclass
class Gap:
    """An unsent gap record that may still grow."""

    seq: int
    first: int
    last: int
    count: int
    from_ms: int
    to_ms: int
    reason: str

    def body(self, stream: Stream) -> str:
        """Return the record as JSON."""
        return json.dumps(
            {"stream": str(stream), "first": self.first, "last": self.last, "count": self.count,
             "from": self.from_ms / 1000, "to": self.to_ms / 1000, "reason": self.reason},
            separators=(",", ":"),
        )  # fmt: skip
