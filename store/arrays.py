"""Whole columns as PostgreSQL arrays in the binary protocol, built by numpy: one parameter instead of a row each.

Layout of a one-dimensional binary array (``array_send`` in PostgreSQL's arrayfuncs.c): int32 dimensions, int32 "has
nulls", int32 element type, int32 length, int32 lower bound, then int32 byte length and bytes of each element.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import psycopg
from numpy.typing import ArrayLike
from psycopg import pq
from psycopg.abc import Buffer
from psycopg.adapt import Dumper

PG_EPOCH_S = 946_684_800
"""2000-01-01T00:00:00Z, where PostgreSQL's binary times start, as Unix time. [s]"""


@dataclass(frozen=True)
class Column:
    """One column ready to travel; make it with the functions of this module."""

    data: bytes
    element_oid: ClassVar[int] = 0
    array_oid: ClassVar[int] = 0


class Int2Column(Column):
    """``smallint[]``."""

    element_oid, array_oid = 21, 1005


class Int4Column(Column):
    """``integer[]``."""

    element_oid, array_oid = 23, 1007


class Int8Column(Column):
    """``bigint[]``."""

    element_oid, array_oid = 20, 1016


class Float4Column(Column):
    """``real[]``."""

    element_oid, array_oid = 700, 1021


class TimeColumn(Column):
    """``timestamptz[]``."""

    element_oid, array_oid = 1184, 1185


class TextColumn(Column):
    """``text[]``."""

    element_oid, array_oid = 25, 1009


class BytesColumn(Column):
    """``bytea[]``."""

    element_oid, array_oid = 17, 1001


def _register(kind: type[Column]) -> None:
    class ColumnDumper(Dumper):
        format = pq.Format.BINARY
        oid = kind.array_oid

        def dump(self, obj: Column) -> Buffer:
            return obj.data

    psycopg.adapters.register_dumper(kind, ColumnDumper)


for _kind in (Int2Column, Int4Column, Int8Column, Float4Column, TimeColumn, TextColumn, BytesColumn):
    _register(_kind)


def _fixed(kind: type[Column], values: ArrayLike, element: str) -> bytes:
    flat = np.asarray(values)
    rows = np.empty(len(flat), dtype=[("size", ">i4"), ("value", element)])
    rows["size"] = np.dtype(element).itemsize
    rows["value"] = flat
    return _header(kind, len(flat)) + rows.tobytes()


def _header(kind: type[Column], length: int) -> bytes:
    return (
        struct.pack(">iiIii", 1, 0, kind.element_oid, length, 1)
        if length
        else struct.pack(">iiI", 0, 0, kind.element_oid)
    )


def int2(values: ArrayLike) -> Int2Column:
    """Return the values as ``smallint[]``."""
    return Int2Column(_fixed(Int2Column, values, ">i2"))


def int4(values: ArrayLike) -> Int4Column:
    """Return the values as ``integer[]``."""
    return Int4Column(_fixed(Int4Column, values, ">i4"))


def int8(values: ArrayLike) -> Int8Column:
    """Return the values as ``bigint[]``."""
    return Int8Column(_fixed(Int8Column, values, ">i8"))


def float4(values: ArrayLike) -> Float4Column:
    """Return the values as ``real[]``; NaN stays NaN, the query makes it NULL."""
    return Float4Column(_fixed(Float4Column, values, ">f4"))


def times(unix_us: ArrayLike) -> TimeColumn:
    """Return Unix microseconds as ``timestamptz[]``."""
    since_2000 = np.asarray(unix_us, dtype=np.int64) - PG_EPOCH_S * 1_000_000
    return TimeColumn(_fixed(TimeColumn, since_2000, ">i8"))


def text(values: Sequence[str]) -> TextColumn:
    """Return the strings as ``text[]``; they must be free of NUL and lone surrogates."""
    return TextColumn(_variable(TextColumn, [value.encode() for value in values]))


def blobs(values: Sequence[bytes]) -> BytesColumn:
    """Return the byte strings as ``bytea[]``."""
    return BytesColumn(_variable(BytesColumn, values))


def _variable(kind: type[Column], values: Sequence[bytes]) -> bytes:
    sized = (part for value in values for part in (len(value).to_bytes(4, "big"), value))
    return _header(kind, len(values)) + b"".join(sized)
