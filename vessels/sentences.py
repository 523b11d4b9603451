"""NMEA 0183 lines in bulk: where each sentence, its fields, its tag block and its checksum lie in a block of bytes.

Everything is found with array operations over the whole block (about 20 ns a byte), because a year of coastal traffic
is a thousand million lines. Nothing here raises on bad bytes: a line that is no sentence has a reason instead.
Sources: NMEA 0183 v4.11 (sentence, checksum, tag block), IEC 61162-1 8.3 (VDM, VDO), gpsd's AIVDM page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

MAX_LINE_BYTES = 1024
"""NMEA allows 82 characters a sentence plus a tag block of 80; ten times that is no sentence any more."""
_LF, _CR, _BANG, _DOLLAR, _STAR, _COMMA, _BACKSLASH, _COLON, _HASH = 10, 13, 33, 36, 42, 44, 92, 58, 35
_PAD = 64
"""Zero bytes behind the block, so that reading a few bytes past a line's end needs no bounds check."""


class LineKind(IntEnum):
    """What one line is; the negative ones are bad and kept with their reason."""

    BLANK = 0
    AIS = 1
    OTHER = 2
    COMMENT = 3
    TOO_LONG = -1
    NO_SENTENCE = -2
    NO_CHECKSUM = -3
    BAD_CHECKSUM = -4
    MALFORMED = -5


REASONS = {
    LineKind.TOO_LONG: "line too long",
    LineKind.NO_SENTENCE: "no NMEA sentence in the line",
    LineKind.NO_CHECKSUM: "no checksum: the line was cut",
    LineKind.BAD_CHECKSUM: "checksum does not match",
    LineKind.MALFORMED: "fields of the AIS sentence are malformed",
}


def _hex_table() -> npt.NDArray[np.int16]:
    table = np.full(256, -1, dtype=np.int16)
    for value, characters in enumerate(
        ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", *["Aa", "Bb", "Cc", "Dd", "Ee", "Ff"])
    ):
        for character in characters:
            table[ord(character)] = value
    return table


_HEX = _hex_table()


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Where things lie in a block; every array has one entry a line, positions are indexes into `buf`.

    Parameters
    ----------
    kind
        A `LineKind` a line.
    payload_start, payload_end, fill_bits, total, number, sequence, channel
        Of AIS sentences, else 0; `sequence` and `channel` are the raw byte (0 when empty).
    time_s
        Unix seconds of a valid tag block, else NaN.
    source_start, source_end
        Span of the tag block's ``s:`` text, equal when there is none.
    bad_tag
        Tag block whose own checksum is wrong: its time is not believed.
    """

    buf: Bytes
    start: Index
    end: Index
    kind: npt.NDArray[np.int8]
    bang: Index
    payload_start: Index
    payload_end: Index
    fill_bits: npt.NDArray[np.int8]
    total: npt.NDArray[np.int8]
    number: npt.NDArray[np.int8]
    sequence: npt.NDArray[np.uint8]
    channel: npt.NDArray[np.uint8]
    time_s: Floats
    source_start: Index
    source_end: Index
    bad_tag: Mask

    def raw(self, line: int) -> bytes:
        """Return one line without its end of line."""
        return self.buf[self.start[line] : self.end[line]].tobytes()

    def source(self, line: int) -> str:
        """Return the receiver named by a line's tag block, or an empty string."""
        return self.buf[self.source_start[line] : self.source_end[line]].tobytes().decode("ascii", "replace")


def join(lines: Sequence[str | bytes]) -> bytes:
    """Return one block of separate lines; an end of line inside an item becomes a space, so that items stay lines."""
    parts = [item.encode("utf-8", "replace") if isinstance(item, str) else item for item in lines]
    block = b"\n".join(parts)
    if block.count(b"\n") != max(0, len(parts) - 1):
        block = b"\n".join(part.rstrip(b"\r\n").replace(b"\n", b" ") for part in parts)
    return block


def scan(block: bytes) -> Lines:
    """Return what every line of `block` is and where its parts lie. A last line without an end counts as a line."""
    padded = np.frombuffer(block + (b"" if block.endswith(b"\n") else b"\n") + bytes(_PAD), dtype=np.uint8)
    size = len(padded) - _PAD
    ends = np.flatnonzero(padded[:size] == _LF)
    starts = np.concatenate(([0], ends[:-1] + 1)).astype(np.int64)
    ends = ends - ((ends > starts) & (padded[np.maximum(ends - 1, 0)] == _CR))
    return _Scanner(padded, starts, ends).lines()


class _Scanner:
    """The steps of `scan`, sharing the block and its running XOR."""

    def __init__(self, buf: Bytes, start: Index, end: Index) -> None:
        self.buf, self.start, self.end = buf, start, end
        self.xor = np.bitwise_xor.accumulate(buf)
        first = buf[start]
        self.blank = end == start
        self.tagged = (first == _BACKSLASH) & ~self.blank
        self.comment = (first == _HASH) & ~self.blank

    def lines(self) -> Lines:
        tag_end, bad_tag = self._tag_end()
        self.body = np.where(self.tagged & (tag_end < self.end), tag_end + 1, self.start)
        bang = self._first(self.buf == _BANG, self.body)
        other = self._first(self.buf == _DOLLAR, self.body)
        is_ais = (bang < self.end) & (bang <= other)
        begin = np.where(is_ais, bang, other)
        star = self._first(self.buf == _STAR, begin)
        kind = self._kinds(begin, star)
        commas = self._commas(begin, star, is_ais & (kind == LineKind.AIS), kind)
        time_s, source_start, source_end = self._tags(tag_end, bad_tag)
        time_s = np.where(np.isnan(time_s), self._trailing_time(star), time_s)
        return self._result(kind, begin, commas, bad_tag, time_s, source_start, source_end)

    def _first(self, where: Mask, after: Index) -> Index:
        """Return the first marked byte at or after `after`; a position past the line's end when there is none."""
        marks = np.flatnonzero(where)
        if not len(marks):
            return np.full(len(self.start), len(self.buf), dtype=np.int64)
        slot = np.searchsorted(marks, after)
        return np.where(slot < len(marks), marks[np.minimum(slot, len(marks) - 1)], len(self.buf))

    def _tag_end(self) -> tuple[Index, Mask]:
        close = self._first(self.buf == _BACKSLASH, self.start + 1)
        close = np.where(self.tagged, close, self.start)
        whole = self.tagged & (close < self.end)
        star = np.where(whole, close - 3, self.start)
        stated = self._hex(star)
        has_sum = whole & (star > self.start) & (self.buf[star] == _STAR)
        actual = self.xor[star - 1] ^ self.xor[self.start]
        bad = self.tagged & ~(has_sum & (stated == actual))
        return close, bad

    def _hex(self, star: Index) -> npt.NDArray[np.int16]:
        top, low = _HEX[self.buf[star + 1]], _HEX[self.buf[star + 2]]
        return np.where((top >= 0) & (low >= 0), top * 16 + low, -1)

    def _kinds(self, begin: Index, star: Index) -> npt.NDArray[np.int8]:
        last = len(self.buf) - _PAD
        found, summed = begin < self.end, (star < self.end - 1) & (star + 2 < self.end + 1)
        safe_begin, safe_star = np.minimum(begin, last), np.minimum(star, last)
        stated = np.where(summed & (star + 3 <= self.end), self._hex(safe_star), -1)
        actual = self.xor[np.maximum(safe_star - 1, 0)] ^ self.xor[safe_begin]
        kind = np.full(len(self.start), LineKind.AIS, dtype=np.int8)
        kind[self.buf[safe_begin] == _DOLLAR] = LineKind.OTHER
        kind[stated != actual] = LineKind.BAD_CHECKSUM
        kind[stated < 0] = LineKind.NO_CHECKSUM
        kind[~found] = LineKind.NO_SENTENCE
        kind[self.comment] = LineKind.COMMENT
        kind[self.end - self.start > MAX_LINE_BYTES] = LineKind.TOO_LONG
        kind[self.blank] = LineKind.BLANK
        return kind

    def _commas(self, begin: Index, star: Index, ais: Mask, kind: npt.NDArray[np.int8]) -> npt.NDArray[np.int64]:
        """Return the six commas of each AIS sentence ``(6, lines)``; marks lines without exactly six as malformed."""
        marks = np.concatenate((np.flatnonzero(self.buf == _COMMA), np.full(8, len(self.buf) - 1)))
        slot = np.searchsorted(marks[:-8], begin)
        table = np.stack([marks[slot + k] for k in range(7)])
        safe = np.minimum(begin, len(self.buf) - _PAD)
        buf = self.buf
        is_vdm = (buf[safe + 3] == 86) & (buf[safe + 4] == 68) & ((buf[safe + 5] == 77) | (buf[safe + 5] == 79))
        six = (table[5] < star) & (table[6] > star)
        kind[ais & ~is_vdm] = LineKind.OTHER
        kind[ais & is_vdm & ~(six & (table[0] == begin + 6))] = LineKind.MALFORMED
        return table[:6]

    def _tags(self, tag_end: Index, bad_tag: Mask) -> tuple[Floats, Index, Index]:
        rows = np.flatnonzero(self.tagged & ~bad_tag)
        time_s = np.full(len(self.start), np.nan)
        spans = np.zeros((2, len(self.start)), dtype=np.int64)
        if len(rows):
            limit = tag_end[rows] - 3
            begin, end = self._tag_value(ord("c"), rows, limit)
            time_s[rows] = _numbers(self.buf, begin, end)
            spans[0][rows], spans[1][rows] = self._tag_value(ord("s"), rows, limit)
        return time_s, spans[0], spans[1]

    def _tag_value(self, letter: int, rows: Index, limit: Index) -> tuple[Index, Index]:
        """Return the span of the value after ``letter:`` inside each tag block, empty where it is missing."""
        buf = self.buf
        before = (buf[:-2] == _BACKSLASH) | (buf[:-2] == _COMMA)
        marked = np.zeros(len(buf), dtype=bool)
        marked[1:-1] = before & (buf[1:-1] == letter) & (buf[2:] == _COLON)
        hit = self._first(marked, self.start)[rows]
        found = hit < limit
        begin = np.where(found, hit + 2, self.start[rows])
        stop = np.concatenate((np.flatnonzero((buf == _COMMA) | (buf == _STAR)), [len(buf) - 1]))
        end = stop[np.minimum(np.searchsorted(stop, begin), len(stop) - 1)]
        return begin, np.where(found, np.minimum(end, limit), begin)

    def _trailing_time(self, star: Index) -> Floats:
        """Return the Unix time that US Coast Guard logs append: ``…*hh,rSTATION,1325104896``."""
        time_s = np.full(len(self.start), np.nan)
        rows = np.flatnonzero((star + 4 < self.end) & (self.buf[np.minimum(star + 3, len(self.buf) - 1)] == _COMMA))
        if len(rows):
            marks = np.flatnonzero(self.buf == _COMMA)
            last = marks[np.searchsorted(marks, self.end[rows]) - 1]
            time_s[rows] = _numbers(self.buf, last + 1, self.end[rows])
        return time_s

    def _result(
        self,
        kind: npt.NDArray[np.int8],
        bang: Index,
        commas: npt.NDArray[np.int64],
        bad_tag: Mask,
        time_s: Floats,
        source_start: Index,
        source_end: Index,
    ) -> Lines:
        good = kind == LineKind.AIS
        at = np.where(good, commas, 0)
        buf = self.buf
        total, number = buf[at[0] + 1].astype(np.int16) - 48, buf[at[1] + 1].astype(np.int16) - 48
        fill = buf[at[5] + 1].astype(np.int16) - 48
        fill = np.where(buf[at[5] + 1] == _STAR, 0, fill)
        sane = (at[1] - at[0] == 2) & (at[2] - at[1] == 2) & (total >= 1) & (total <= 9)
        sane &= (number >= 1) & (number <= total) & (at[3] - at[2] <= 2) & (fill >= 0) & (fill <= 5)
        kind[good & ~sane] = LineKind.MALFORMED
        good &= sane
        return Lines(
            buf=buf,
            start=self.start,
            end=self.end,
            kind=kind,
            bang=bang,
            payload_start=np.where(good, at[4] + 1, 0),
            payload_end=np.where(good, at[5], 0),
            fill_bits=np.where(good, fill, 0).astype(np.int8),
            total=np.where(good, total, 0).astype(np.int8),
            number=np.where(good, number, 0).astype(np.int8),
            sequence=np.where(good & (at[3] > at[2] + 1), buf[at[2] + 1], 0).astype(np.uint8),
            channel=np.where(good & (at[4] > at[3] + 1), buf[at[3] + 1], 0).astype(np.uint8),
            time_s=time_s,
            source_start=source_start,
            source_end=source_end,
            bad_tag=bad_tag,
        )


_TIME_DIGITS = 17


def _numbers(buf: Bytes, begin: Index, end: Index) -> Floats:
    """Return decimal numbers at the spans as Unix seconds (13 digits before a point are milliseconds), NaN if not."""
    width = end - begin
    span = buf[begin[:, None] + np.arange(_TIME_DIGITS)]
    inside = np.arange(_TIME_DIGITS) < width[:, None]
    digit = (span >= 48) & (span <= 57)
    point = (span == 46) & inside
    whole = np.where(point.any(axis=1), point.argmax(axis=1), width)
    sane = (width > 0) & (width <= _TIME_DIGITS) & ((digit | point) | ~inside).all(axis=1) & (point.sum(axis=1) <= 1)
    value = np.zeros(len(begin))
    scale = np.ones(len(begin))
    for k in range(_TIME_DIGITS):
        use = inside[:, k] & digit[:, k]
        value = np.where(use, value * 10.0 + (span[:, k] - 48.0), value)
        scale = np.where(use & (k > whole), scale * 10.0, scale)
    value = value / scale
    value = np.where(whole >= 12, value / 1000.0, value)
    return np.where(sane & (value > 0) & (value < 4.1e9), value, np.nan)
