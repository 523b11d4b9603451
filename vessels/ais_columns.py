"""Decoded AIS messages as arrays: positions in AIS units, statics as values, everything else as identity and time."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from core.mmsi import MmsiClass, classify
from core.position import Position, PositionSource
from vessels.ais_bits import (
    POSITIONS,
    STATIC_SEXTETS,
    STATICS,
    Ints,
    PositionLayout,
    Sextets,
    StaticLayout,
    gather,
    invalid_before,
    number,
    text,
    unarmour,
)  # fmt: skip
from vessels.reports import OtherReport, StaticReport
from vessels.sentences import Bytes, Floats, Index, Mask

UNITS_PER_DEGREE = 600_000
"""AIS positions are in 1/10000 minute (ITU-R M.1371-5 table 45)."""
SOURCES = tuple(PositionSource)
_SOURCE_OF_TYPE = {
    1: PositionSource.AIS_A, 2: PositionSource.AIS_A, 3: PositionSource.AIS_A, 4: PositionSource.AIS_BASE,
    9: PositionSource.AIS_SAR, 11: PositionSource.AIS_A, 18: PositionSource.AIS_B, 19: PositionSource.AIS_B,
    21: PositionSource.AIS_ATON, 27: PositionSource.AIS_LONG,
}  # fmt: skip
_LAT_LIMIT, _LON_LIMIT = 90 * UNITS_PER_DEGREE, 180 * UNITS_PER_DEGREE
_NO_LAT, _NO_LON = 91, 181
_TURN_UNIT = 4.733
"""ROT sensor value = 4.733 sqrt(deg/min); +-127 only says "faster than 5 deg in 30 s" (M.1371-5 table 45)."""
_DISTRESS = (970_000_000, 972_000_000, 974_000_000)
MAX_TYPE = 27


@dataclass(frozen=True, kw_only=True)
class Payloads:
    """Messages still in six-bit form: where each lies in `six`, its length in characters and its fill bits."""

    six: Bytes
    start: Index
    length: Index
    fill: Index
    line: Index
    time_s: Floats
    invalid: Index

    @classmethod
    def joined(cls, whole: Sequence[tuple[bytes, int, int, float]]) -> "Payloads":
        """Return assembled (payload, fill bits, line, time) messages."""
        lengths = np.array([len(payload) for payload, *_ in whole], dtype=np.int64)
        six = unarmour(np.frombuffer(b"".join(payload for payload, *_ in whole) + b"0", dtype=np.uint8))
        return cls(
            six=six, start=np.concatenate(([0], np.cumsum(lengths)[:-1])).astype(np.int64)[: len(whole)],
            length=lengths, fill=np.array([fill for _, fill, _, _ in whole], dtype=np.int64),
            line=np.array([line for _, _, line, _ in whole], dtype=np.int64),
            time_s=np.array([time_s for *_, time_s in whole], dtype=np.float64), invalid=invalid_before(six),
        )  # fmt: skip

    def take(self, rows: Index | Mask) -> "Payloads":
        """Return some of the messages."""
        return Payloads(
            six=self.six, start=self.start[rows], length=self.length[rows], fill=self.fill[rows], line=self.line[rows],
            time_s=self.time_s[rows], invalid=self.invalid,
        )  # fmt: skip

    @property
    def bits(self) -> Index:
        """Return the number of bits of each message."""
        return self.length * 6 - self.fill

    def rows(self, width: int) -> Sextets:
        """Return the messages as rows of sextets."""
        return gather(self.six, self.start, self.length, width)


@dataclass(frozen=True, kw_only=True)
class PositionColumns:
    """Positions in AIS units, one entry each; -1 (heading, cog, sog, status) and NaN (rot) where not available.

    ``lat`` and ``lon`` are in 1/600000 degree, ``sog`` in 0.1 kn, ``cog`` in 0.1 degree, ``heading`` in degrees,
    ``rot`` in degrees a minute, ``source`` is an index into `SOURCES`, ``time_s`` is Unix seconds.
    """

    line: Ints
    mmsi: Ints
    time_s: Floats
    lat: Ints
    lon: Ints
    sog: Ints
    cog: Ints
    heading: Ints
    rot: Floats
    status: Ints
    source: Ints

    @classmethod
    def empty(cls) -> "PositionColumns":
        """Return no positions."""
        return _EMPTY

    @classmethod
    def concatenate(cls, parts: Iterable["PositionColumns"]) -> "PositionColumns":
        """Return all parts in line order."""
        kept = [part for part in parts if len(part.line)]
        if not kept:
            return cls.empty()
        joined = {f.name: np.concatenate([getattr(part, f.name) for part in kept]) for f in fields(cls)}
        return cls(**joined).take(np.argsort(joined["line"], kind="stable"))

    def take(self, rows: Index | Mask) -> "PositionColumns":
        """Return some of the positions."""
        return PositionColumns(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def positions(self) -> list[Position]:
        """Return them as values with units, sentinels None."""
        return [
            Position(
                mmsi=mmsi, observed_at=datetime.fromtimestamp(time_s, UTC), lat_deg=lat / UNITS_PER_DEGREE,
                lon_deg=lon / UNITS_PER_DEGREE, source=SOURCES[source], sog_kn=None if sog < 0 else sog / 10,
                cog_deg=None if cog < 0 else cog / 10, heading_deg=None if heading < 0 else float(heading),
                rot_deg_min=None if math.isnan(rot) else rot, nav_status=None if status < 0 else status,
            )
            for mmsi, time_s, lat, lon, sog, cog, heading, rot, status, source in zip(
                self.mmsi.tolist(), self.time_s.tolist(), self.lat.tolist(), self.lon.tolist(), self.sog.tolist(),
                self.cog.tolist(), self.heading.tolist(), self.rot.tolist(), self.status.tolist(),
                self.source.tolist(), strict=True,
            )
        ]  # fmt: skip


_INTS, _FLOATS = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64)
_EMPTY = PositionColumns(
    line=_INTS, mmsi=_INTS, time_s=_FLOATS, lat=_INTS, lon=_INTS, sog=_INTS, cog=_INTS, heading=_INTS, rot=_FLOATS,
    status=_INTS, source=_INTS,
)  # fmt: skip


@dataclass(kw_only=True)
class Decoded:
    """What a set of payloads said; `line` and `mmsi` of every message that could be read."""

    columns: PositionColumns
    line: Index
    mmsi: Ints
    kind: Ints
    statics: list[tuple[int, StaticReport]] = field(default_factory=list)
    others: list[tuple[int, OtherReport]] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def decode(payloads: Payloads) -> Decoded:
    """Return what `payloads` say; unreadable ones are in `bad` with a reason, untimed ones are only counted."""
    good, bad = _check(payloads)
    counts: Counter[str] = Counter(reason for _, reason in bad)
    taken = payloads.take(good)
    head = taken.rows(7)
    kind, mmsi = number(head, 0, 6), number(head, 8, 30)
    decoded = Decoded(columns=PositionColumns.empty(), line=taken.line, mmsi=mmsi, kind=kind, bad=bad, counts=counts)
    columns = []
    for value, amount in zip(*(part.tolist() for part in np.unique(kind, return_counts=True)), strict=True):
        counts[f"type_{value}"] += amount
        rows = np.flatnonzero(kind == value)
        some, numbers = taken.take(rows), mmsi[rows]
        timed = ~np.isnan(some.time_s)
        if not timed.all():
            counts["no_time"] += int((~timed).sum())
            some, numbers = some.take(timed), numbers[timed]
        if not len(numbers):
            continue
        if value in POSITIONS:
            columns.append(_positions(value, some, numbers, decoded))
        if value in (5, 19, 21, 24):
            _statics(value, some, numbers, decoded)
        if value not in POSITIONS and value not in (5, 24):
            _identities(some, numbers, value, "", decoded)
    decoded.columns = PositionColumns.concatenate(columns)
    return decoded


def _check(payloads: Payloads) -> tuple[Mask, list[tuple[int, str]]]:
    """Return which payloads are readable, and (line, reason) of the others."""
    foreign = payloads.invalid[payloads.start + payloads.length] - payloads.invalid[payloads.start]
    empty = payloads.bits < 38
    kind = np.where(empty, 0, payloads.six[np.minimum(payloads.start, len(payloads.six) - 1)])
    unknown = (kind < 1) | (kind > MAX_TYPE)
    good = (foreign == 0) & ~empty & ~unknown
    bad = []
    for row in np.flatnonzero(~good).tolist():
        reason = (
            "no payload" if payloads.length[row] == 0
            else "payload has characters that AIS does not use" if foreign[row]
            else "payload too short" if empty[row]
            else "unknown message type"
        )  # fmt: skip
        bad.append((int(payloads.line[row]), reason))
    return good, bad


def _positions(kind: int, some: Payloads, mmsi: Ints, decoded: Decoded) -> PositionColumns:
    layout = POSITIONS[kind]
    long_enough = some.bits >= layout.min_bits
    if not long_enough.all():
        _identities(some.take(~long_enough), mmsi[~long_enough], kind, "too short", decoded)
        some, mmsi = some.take(long_enough), mmsi[long_enough]
    rows = some.rows((layout.min_bits + 5) // 6 + 1)
    lat_bits = layout.lon_bits - 1
    lon = number(rows, layout.lon, layout.lon_bits, signed=True) * layout.scale
    lat = number(rows, layout.lon + layout.lon_bits, lat_bits, signed=True) * layout.scale
    columns = _columns(layout, kind, some, mmsi, rows, lat, lon)
    placed = (np.abs(lat) <= _LAT_LIMIT) & (np.abs(lon) <= _LON_LIMIT)
    if not placed.all():
        none = (lat == _NO_LAT * UNITS_PER_DEGREE) | (lon == _NO_LON * UNITS_PER_DEGREE)
        for mask, reason in ((none & ~placed, "no_fix"), (~none & ~placed, "position out of range")):
            _identities(some.take(mask), mmsi[mask], kind, reason, decoded)
        columns = columns.take(placed)
    return columns


def _columns(
    layout: PositionLayout, kind: int, some: Payloads, mmsi: Ints, rows: Sextets, lat: Ints, lon: Ints
) -> PositionColumns:
    missing = np.full(len(mmsi), -1, dtype=np.int64)
    sog = missing if layout.sog is None else _scaled(number(rows, layout.sog, layout.sog_bits), layout)
    cog = missing
    if layout.cog is not None:
        raw = number(rows, layout.cog, layout.cog_bits) * layout.cog_scale
        cog = np.where(raw < 3600, raw, -1)
    heading = missing
    if layout.heading is not None:
        raw = number(rows, layout.heading, 9)
        heading = np.where(raw < 360, raw, -1)
    status = missing if layout.status is None else number(rows, layout.status, 4)
    return PositionColumns(
        line=some.line, mmsi=mmsi, time_s=some.time_s, lat=lat, lon=lon, sog=sog, cog=cog, heading=heading,
        rot=_rate_of_turn(layout, rows), status=status, source=_sources(kind, mmsi),
    )  # fmt: skip


def _scaled(raw: Ints, layout: PositionLayout) -> Ints:
    return np.where(raw == layout.sog_none, -1, raw * layout.sog_scale)


def _rate_of_turn(layout: PositionLayout, rows: Sextets) -> Floats:
    if layout.rot is None:
        return np.full(len(rows), np.nan)
    raw = number(rows, layout.rot, 8, signed=True)
    turn = np.sign(raw) * (raw / _TURN_UNIT) ** 2
    return np.where(np.abs(raw) <= 126, turn, np.nan)


def _sources(kind: int, mmsi: Ints) -> Ints:
    code = SOURCES.index(_SOURCE_OF_TYPE[kind])
    source = np.full(len(mmsi), code, dtype=np.int64)
    if kind in (1, 2, 3):
        for base in _DISTRESS:
            source[(mmsi >= base) & (mmsi < base + 1_000_000)] = SOURCES.index(PositionSource.AIS_SART)
    return source


def _identities(some: Payloads, mmsi: Ints, kind: int, reason: str, decoded: Decoded) -> None:
    if reason:
        decoded.counts[reason] += len(mmsi)
    for line, time_s, value in zip(some.line.tolist(), some.time_s.tolist(), mmsi.tolist(), strict=True):
        report = OtherReport(
            mmsi=value, observed_at=datetime.fromtimestamp(time_s, UTC), message_type=kind, reason=reason
        )
        decoded.others.append((line, report))


def _statics(kind: int, some: Payloads, mmsi: Ints, decoded: Decoded) -> None:
    if kind != 24:
        _static_part(STATICS[str(kind)], some, mmsi, decoded)
        return
    part = number(some.rows(7), 38, 2)
    for value, layout in ((0, STATICS["24A"]), (1, STATICS["24B"])):
        chosen = part == value
        _static_part(layout, some.take(chosen), mmsi[chosen], decoded)
    decoded.counts["unknown part of type 24"] += int((part > 1).sum())


def _static_part(layout: StaticLayout, some: Payloads, mmsi: Ints, decoded: Decoded) -> None:
    whole = some.bits >= layout.min_bits
    if not whole.all():
        short, numbers = some.take(~whole), mmsi[~whole]
        _identities(short, numbers, int(layout.part[:2].rstrip("AB")), "too short", decoded)
        some, mmsi = some.take(whole), mmsi[whole]
    if not len(mmsi):
        return
    rows = some.rows(STATIC_SEXTETS)
    figures = _static_numbers(layout, rows)
    words = _static_words(layout, rows, some.bits)
    for at, (line, time_s, value) in enumerate(
        zip(some.line.tolist(), some.time_s.tolist(), mmsi.tolist(), strict=True)
    ):
        report = _static_report(layout, value, time_s, {k: v[at] for k, v in figures.items()}, words, at)
        decoded.statics.append((line, report))


def _static_numbers(layout: StaticLayout, rows: Sextets) -> dict[str, list[int]]:
    spans: dict[str, tuple[int | None, int]] = {
        "imo": (layout.imo, 30), "ship_type": (layout.ship_type, layout.ship_type_bits), "bow": (layout.bow, 9),
        "draught": (layout.draught, 8), "eta": (layout.eta, 20),
    }  # fmt: skip
    found = {name: number(rows, start, width).tolist() for name, (start, width) in spans.items() if start is not None}
    if layout.bow is not None:
        for name, offset, width in (("stern", 9, 9), ("port", 18, 6), ("starboard", 24, 6)):
            found[name] = number(rows, layout.bow + offset, width).tolist()
        found["parent"] = number(rows, layout.bow, 30).tolist()
    return found


def _static_words(layout: StaticLayout, rows: Sextets, bits: Index) -> dict[str, list[str]]:
    words = {}
    if layout.name is not None:
        words["name"] = text(rows, layout.name, 20)
        if layout.name_extension is not None:
            more = text(rows, layout.name_extension, 14)
            words["name"] = [
                name + extra if len(name) == 20 and size >= layout.name_extension + 6 else name
                for name, extra, size in zip(words["name"], more, bits.tolist(), strict=True)
            ]
    if layout.call_sign is not None:
        words["call_sign"] = text(rows, layout.call_sign, 7)
    if layout.destination is not None:
        words["destination"] = text(rows, layout.destination, 20)
    if layout.vendor is not None:
        words["vendor"] = text(rows, layout.vendor, 3)
    return words


def _static_report(
    layout: StaticLayout, mmsi: int, time_s: float, values: dict[str, int], words: dict[str, list[str]], at: int
) -> StaticReport:
    auxiliary = layout.part == "24B" and classify(mmsi) is MmsiClass.CRAFT
    sized = "bow" in values and not auxiliary and any(values[k] for k in ("bow", "stern", "port", "starboard"))
    draught = values.get("draught", 0)
    return StaticReport(
        mmsi=mmsi, observed_at=datetime.fromtimestamp(time_s, UTC), part=layout.part, ais_class=layout.ais_class,
        name=_word(words, "name", at), call_sign=_word(words, "call_sign", at), imo=values.get("imo") or None,
        ship_type=values.get("ship_type") or None, to_bow_m=values["bow"] if sized else None,
        to_stern_m=values["stern"] if sized else None, to_port_m=values["port"] if sized else None,
        to_starboard_m=values["starboard"] if sized else None, draught_m=draught / 10 if draught else None,
        destination=_word(words, "destination", at), eta=_eta(values.get("eta", 0)), vendor=_word(words, "vendor", at),
        parent_mmsi=values.get("parent") or None if auxiliary else None,
    )  # fmt: skip


def _word(words: dict[str, list[str]], name: str, at: int) -> str | None:
    return words[name][at].strip() or None if name in words else None


def _eta(raw: int) -> str | None:
    month, day, hour, minute = raw >> 16, raw >> 11 & 31, raw >> 6 & 31, raw & 63
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{month:02d}-{day:02d}T{hour:02d}:{minute:02d}Z"


def numbers_of(columns: PositionColumns) -> npt.NDArray[np.int64]:
    """Return the distinct MMSIs of some positions, ascending."""
    return np.unique(columns.mmsi)
