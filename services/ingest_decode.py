"""From an MQTT payload to columns: pure, and quick where a pack is as our gateways send it.

`parse` gives a `Parcel`. A pack whose records have only the usual labels and types is read column by column; any
other goes through `core.pack.decode`, record by record, so both ways accept and refuse the same.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import pack
from core.errors import DecodeError
from core.pack import BadRow, PackHead, Sentence
from core.reading import Reading
from core.topics import Stream
from core.units import QUANTITIES
from store.columns import unix_us

_READING_LABELS = frozenset({"bn", "bt", "seq", "boot", "clk", "prio", "n", "u", "v", "vs", "t", "qc"})
_NUMBERS = frozenset({int, float})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\.[A-Za-z0-9_-]{1,63}\.([a-z0-9_]+)")
"""``cage.point.quantity`` as the database's checks want it (table cage)."""
_MAYBE_NUMBERS = _NUMBERS | {type(None)}
_FLAGS = np.array([1, 2, 3, 4, 9], dtype=np.int16)
_FLOAT4_MAX = float(np.finfo(np.float32).max)
_US = 1_000_000


@dataclass(frozen=True, kw_only=True)
class NamedReadings:
    """Readings before their series numbers are known, one entry a row each."""

    seq: NDArray[np.int64]
    name: Sequence[str]
    observed_us: NDArray[np.int64]
    value: NDArray[np.float32]
    qc: NDArray[np.int16]


@dataclass(frozen=True, kw_only=True)
class Sentences:
    """Raw lines (or JSON of the health stream), one entry a row each."""

    seq: Sequence[int]
    receiver: Sequence[str]
    observed_us: NDArray[np.int64]
    text: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One decoded batch with what is needed to store, acknowledge or put it aside."""

    topic: str
    stream: Stream
    payload: bytes
    head: PackHead
    seqs: tuple[int, ...]
    readings: NamedReadings | None = None
    sentences: Sentences | None = None
    bad: tuple[BadRow, ...] = field(default=())

    @property
    def rows(self) -> int:
        """Return how many records the batch has."""
        return len(self.seqs)


def parse(topic: str, gateway: str, stream: Stream, payload: bytes) -> Parcel:
    """Return the batch in an uplink payload.

    Raises
    ------
    DecodeError
        When the envelope cannot be read or names another gateway than the topic: put the payload aside whole.
    """
    text = pack.inflate(payload)
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise DecodeError(f"Payload is not JSON ({exc}): check the gateway's version.") from exc
    parcel = _quick(topic, stream, payload, rows)
    if parcel is None:
        parcel = _careful(topic, stream, payload)
    if parcel.head.gateway != gateway:
        raise DecodeError(f"The batch is of gateway {parcel.head.gateway!r} but came on {topic}: check its settings.")
    return parcel


def _quick(topic: str, stream: Stream, payload: bytes, rows: Any) -> Parcel | None:
    """Return the batch when every record is of the usual shape, else None."""
    if not isinstance(rows, list) or not rows or set(map(type, rows)) != {dict}:
        return None
    if not set().union(*rows) <= _READING_LABELS or any("bn" in row or "bt" in row for row in rows[1:]):
        return None
    head, base_s = pack.read_head(rows[0])
    seqs = _sequences(rows)
    times = [row.get("t", 0) for row in rows]
    names = [row.get("n") for row in rows]
    if seqs is None or not set(map(type, times)) <= _NUMBERS or set(map(type, names)) != {str}:
        return None
    observed_us = _instants(base_s, times)
    if observed_us is None:
        return None
    common: dict[str, Any] = {"topic": topic, "stream": stream, "payload": payload, "head": head, "seqs": seqs}
    if all(map(_unit_of, names)):
        readings = _quick_readings(rows, names, seqs, observed_us)
        return None if readings is None else Parcel(**common, readings=readings)
    sentences = _quick_sentences(rows, names, seqs, observed_us)
    return None if sentences is None else Parcel(**common, sentences=sentences)


def _sequences(rows: list[dict[str, Any]]) -> tuple[int, ...] | None:
    first = rows[0]["seq"]
    if len(rows) == 1 or not any("seq" in row for row in rows[1:]):
        return tuple(range(first, first + len(rows)))
    numbers, current = [], first - 1
    for row in rows:
        current = row.get("seq", current + 1)
        if type(current) is not int:
            return None  # the careful path says what is wrong with it
        numbers.append(current)
    usual = set(map(type, numbers)) == {int} and min(numbers) >= 0 and max(numbers) < 2**63
    return tuple(numbers) if usual else None


def _instants(base_s: float, offsets_s: Sequence[float]) -> NDArray[np.int64] | None:
    try:
        seconds = base_s + np.array(offsets_s, dtype=np.float64)
    except OverflowError:
        return None
    if not np.isfinite(seconds).all() or np.abs(seconds).max() > 2**36:
        return None
    return np.rint(seconds * _US).astype(np.int64)


@lru_cache(maxsize=65_536)
def _unit_of(name: str) -> str:
    """Return the wire unit of a reading's name, empty when it is not the name of a reading."""
    match = _NAME.fullmatch(name)
    quantity = QUANTITIES.get(match[1]) if match else None
    return quantity.senml if quantity is not None else ""


def _quick_readings(
    rows: list[dict[str, Any]], names: list[str], seqs: tuple[int, ...], observed_us: NDArray[np.int64]
) -> NamedReadings | None:
    values = [row.get("v") for row in rows]
    flags = [row.get("qc", 1) for row in rows]
    units = [row.get("u") for row in rows]
    if not set(map(type, values)) <= _MAYBE_NUMBERS or set(map(type, flags)) != {int}:
        return None
    if any(unit is not None and unit != _unit_of(name) for unit, name in zip(units, names, strict=True)):
        return None
    try:
        value = np.array(values, dtype=np.float64)
        qc = np.array(flags, dtype=np.int16)
    except OverflowError:
        return None
    missing = qc == 9
    if not np.isin(qc, _FLAGS).all() or not (np.abs(value[~missing]) <= _FLOAT4_MAX).all():
        return None  # also NaN, infinities and readings without a value
    value[missing] = np.nan
    return NamedReadings(
        seq=np.array(seqs, dtype=np.int64), name=names, observed_us=observed_us, value=value.astype(np.float32), qc=qc
    )


def _quick_sentences(
    rows: list[dict[str, Any]], names: list[str], seqs: tuple[int, ...], observed_us: NDArray[np.int64]
) -> Sentences | None:
    texts: list[Any] = [row.get("vs") for row in rows]
    if set(map(type, texts)) != {str} or any(name.count(".") == 2 for name in names):
        return None
    if not storable("\n".join((*names, *texts))):
        return None
    return Sentences(seq=seqs, receiver=names, observed_us=observed_us, text=texts)


def storable(text: str) -> bool:
    """Return whether PostgreSQL can keep the text: no NUL, no lone surrogate."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _careful(topic: str, stream: Stream, payload: bytes) -> Parcel:
    """Return the batch by way of `core.pack`; what cannot be kept becomes a bad row."""
    found = pack.decode(payload)
    bad = list(found.bad)
    readings, sentences = [], []
    for seq, reading in found.readings:
        if reading.value is not None and not abs(reading.value) <= _FLOAT4_MAX:
            bad.append(BadRow(seq=seq, reason="value is too large to be kept", raw=repr(reading)))
        elif not _unit_of(str(reading.series)):
            bad.append(BadRow(seq=seq, reason="name is not cage.point.quantity as we write it", raw=repr(reading)))
        else:
            readings.append((seq, reading))
    for seq, sentence in found.sentences:
        if storable(sentence.text) and storable(sentence.receiver):
            sentences.append((seq, sentence))
        else:
            bad.append(BadRow(seq=seq, reason="sentence cannot be kept as text", raw=repr(sentence)))
    return Parcel(
        topic=topic,
        stream=stream,
        payload=payload,
        head=found.head,
        seqs=tuple(found.sequences()),
        bad=tuple(bad),
        readings=_named(readings) if readings else None,
        sentences=_lines(sentences) if sentences else None,
    )


def _named(items: Sequence[tuple[int, Reading]]) -> NamedReadings:
    return NamedReadings(
        seq=np.array([seq for seq, _ in items], dtype=np.int64),
        name=[str(reading.series) for _, reading in items],
        observed_us=np.array([unix_us(reading.observed_at) for _, reading in items], dtype=np.int64),
        value=np.array([np.nan if r.value is None else r.value for _, r in items], dtype=np.float32),
        qc=np.array([int(reading.qc) for _, reading in items], dtype=np.int16),
    )


def _lines(items: Sequence[tuple[int, Sentence]]) -> Sentences:
    return Sentences(
        seq=[seq for seq, _ in items],
        receiver=[sentence.receiver for _, sentence in items],
        observed_us=np.array([unix_us(sentence.observed_at) for _, sentence in items], dtype=np.int64),
        text=[sentence.text for _, sentence in items],
    )


def believable(
    observed_us: NDArray[np.int64], received_at: datetime, max_future_s: float, max_past_days: float
) -> NDArray[np.bool_]:
    """Return which instants can be true: not far ahead of the shore's clock, not older than what is kept."""
    now_us = unix_us(received_at)
    newest, oldest = now_us + int(max_future_s * _US), now_us - int(max_past_days * 86_400 * _US)
    return (observed_us <= newest) & (observed_us >= oldest)
