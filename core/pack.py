"""One batch between gateway and shore: zlib of SenML JSON with our plain private labels.

The first record carries ``bn bt seq boot clk prio``; a record's sequence number is its own ``seq`` if it
has one, else the one before plus 1. A reading that the instrument did not have is ``"vs": ""`` with
``"qc": 9``. A raw NMEA sentence is ``vs`` with its tag block in front.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core import senml
from core.errors import DecodeError
from core.qc import QcFlag
from core.reading import ClockState, Priority, Reading, SeriesKey
from core.units import QUANTITIES

MAX_PACK_BYTES = 8 * 1024 * 1024
"""Decompressed size above which a pack is refused: fifty times what a gateway sends at once."""
LATEST_S = 2.0**37
"""Base times from here on (year 6325) are nonsense that would not fit a date. [s]"""
BASE_NAME = "urn:dev:huangyu:"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class PackHead:
    """What holds for a whole batch; `boot_id` names one power-up of the gateway."""

    gateway: str
    boot_id: str
    clock: ClockState
    priority: Priority


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A raw NMEA line as received, with its receiver and receive time."""

    receiver: str
    observed_at: datetime
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BadRow:
    """A record that could not be read: kept with its reason, its neighbours go on."""

    seq: int | None
    reason: str
    raw: str


@dataclass(frozen=True, kw_only=True)
class Pack:
    """A decoded batch: (seq, item) pairs, and what was bad among them."""

    head: PackHead
    readings: tuple[tuple[int, Reading], ...] = ()
    sentences: tuple[tuple[int, Sentence], ...] = ()
    bad: tuple[BadRow, ...] = ()

    def sequences(self) -> list[int]:
        """Return every sequence number in the batch, bad rows included, ascending."""
        numbers = [seq for seq, _ in self.readings] + [seq for seq, _ in self.sentences]
        return sorted(numbers + [row.seq for row in self.bad if row.seq is not None])


def encode(head: PackHead, items: Sequence[tuple[int, Reading | Sentence]]) -> bytes:
    """Return the wire bytes of a batch; `items` are (seq, item) in ascending order, at least one."""
    base_s = _unix_s(items[0][1].observed_at)
    rows: list[dict[str, Any]] = []
    expected = items[0][0]
    for seq, item in items:
        row = _reading_row(item) if isinstance(item, Reading) else _sentence_row(item)
        offset_s = round(_unix_s(item.observed_at) - base_s, 3)
        if offset_s:
            row["t"] = offset_s
        if seq != expected:
            row["seq"] = seq
        expected = seq + 1
        rows.append(row)
    first = {
        "bn": f"{BASE_NAME}{head.gateway}:", "bt": base_s, "seq": items[0][0],
        "boot": head.boot_id, "clk": int(head.clock), "prio": int(head.priority),
    }  # fmt: skip
    rows[0] = first | rows[0]
    return zlib.compress(json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode(), 6)


def _reading_row(reading: Reading) -> dict[str, Any]:
    row: dict[str, Any] = {"n": str(reading.series), "u": QUANTITIES[reading.series.quantity].senml}
    if reading.value is None:
        row["vs"] = ""
    else:
        row["v"] = reading.value
    if reading.qc is not QcFlag.GOOD:
        row["qc"] = int(reading.qc)
    return row


def _sentence_row(sentence: Sentence) -> dict[str, Any]:
    return {"n": sentence.receiver, "vs": sentence.text}


def _unix_s(at: datetime) -> float:
    return round((at - _EPOCH) / timedelta(seconds=1), 3)


def inflate(payload: bytes) -> str:
    """Return the JSON text of a payload; DecodeError when it is not zlib, too large or not UTF-8."""
    engine = zlib.decompressobj()
    try:
        raw = engine.decompress(payload, MAX_PACK_BYTES)
    except zlib.error as exc:
        raise DecodeError(f"Payload is not zlib ({exc}): check the gateway's version.") from exc
    if engine.unconsumed_tail:
        raise DecodeError(f"Payload grows past {MAX_PACK_BYTES} bytes: refused as hostile.")
    if not engine.eof:
        raise DecodeError("Payload ends early: it was cut on the way.")
    try:
        return raw.decode()
    except UnicodeDecodeError as exc:
        raise DecodeError("Payload is not UTF-8: check the gateway's version.") from exc


def decode(payload: bytes) -> Pack:
    """Return the batch in `payload`; one bad record becomes a BadRow, a bad envelope raises DecodeError."""
    try:
        rows = json.loads(inflate(payload))
    except (ValueError, RecursionError) as exc:  # ValueError: not JSON, or a number of thousands of digits
        raise DecodeError(f"Payload is not JSON ({exc}): check the gateway's version.") from exc
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
        raise DecodeError("Payload is not a SenML pack with a first record: check the gateway's version.")
    head, base_s = read_head(rows[0])
    return _read_rows(head, base_s, rows)


def read_head(first: dict[str, Any]) -> tuple[PackHead, float]:
    """Return the head and the base time [s] in a pack's first record; DecodeError when it is not one of ours."""
    base_name, base_s, boot = first.get("bn"), first.get("bt"), first.get("boot")
    if not isinstance(base_name, str) or not base_name.startswith(BASE_NAME) or not base_name.endswith(":"):
        raise DecodeError(f"Base name {base_name!r} is not {BASE_NAME}<gateway>: — not one of our gateways.")
    if isinstance(base_s, bool) or not isinstance(base_s, int | float) or not isinstance(boot, str):
        raise DecodeError("First record lacks a base time or a boot id: check the gateway's version.")
    try:
        clock, priority = ClockState(first["clk"]), Priority(first["prio"])
    except (KeyError, ValueError) as exc:
        raise DecodeError(f"First record has no valid clk or prio ({exc}): check the gateway.") from exc
    if not _is_seq(first.get("seq")):
        raise DecodeError("First record has no sequence number: check the gateway's version.")
    if not abs(base_s) < LATEST_S:
        raise DecodeError(f"Base time {str(base_s)[:40]} is no date: check the gateway's clock.")
    gateway = base_name[len(BASE_NAME) : -1]
    return PackHead(gateway=gateway, boot_id=boot, clock=clock, priority=priority), float(base_s)


def _is_seq(seq: object) -> bool:
    return isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq < 2**63


def _read_rows(head: PackHead, base_s: float, rows: Iterable[Any]) -> Pack:
    readings: list[tuple[int, Reading]] = []
    sentences: list[tuple[int, Sentence]] = []
    bad: list[BadRow] = []
    following: int | None = None
    for row in rows:
        stated = row.get("seq") if isinstance(row, dict) else None
        seq = stated if _is_seq(stated) else following
        following = None if seq is None else seq + 1
        try:
            item = _read_row(row, base_s)
        except (DecodeError, ValueError, KeyError, TypeError, OverflowError) as exc:
            bad.append(BadRow(seq=seq, reason=str(exc) or type(exc).__name__, raw=json.dumps(row)[:2000]))
            continue
        if seq is None:
            bad.append(BadRow(seq=None, reason="no sequence number", raw=json.dumps(row)[:2000]))
        elif isinstance(item, Reading):
            readings.append((seq, item))
        else:
            sentences.append((seq, item))
    return Pack(head=head, readings=tuple(readings), sentences=tuple(sentences), bad=tuple(bad))


def _read_row(row: Any, base_s: float) -> Reading | Sentence:
    if not isinstance(row, dict):
        raise ValueError("record is not a JSON object")
    observed_at = _EPOCH + timedelta(seconds=base_s + float(row.get("t", 0.0)))
    name, text = str(row["n"]), row.get("vs")
    parts = name.split(".")
    if len(parts) != 3:
        if not isinstance(text, str):
            raise ValueError(f"record {name!r} is neither a reading nor a sentence")
        return Sentence(receiver=name, observed_at=observed_at, text=text)
    quantity = QUANTITIES.get(parts[2])
    if quantity is None:
        raise ValueError(f"quantity {parts[2]!r} is unknown: add it to core/units.py")
    if row.get("u") not in (None, quantity.senml):
        raise ValueError(f"unit {row['u']!r} is not {quantity.senml!r} for {parts[2]}")
    qc = QcFlag(row.get("qc", 1))
    value = None if qc is QcFlag.MISSING else senml.resolve([row])[0].value
    if isinstance(value, str | bool):
        raise ValueError(f"value of {name!r} is not a number")
    key = SeriesKey(cage=parts[0], point=parts[1], quantity=parts[2])
    return Reading(series=key, observed_at=observed_at, value=value, qc=qc)
