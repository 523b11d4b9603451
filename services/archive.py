"""Keep history within bounds: partitions ahead, old pieces packed, older ones written to Parquet and dropped.

A piece is dropped only after its Parquet file has been read back and its rows counted. Roll-ups and newest values are
never dropped.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import sql

from core.errors import StoreError
from store import engine
from store.engine import Piece

ROWS_A_GROUP = 100_000
_ORDER = {"reading": "series_id, observed_at", "position": "mmsi, observed_at", "nmea_raw": "observed_at, seq"}
_TYPES = {
    "timestamptz": pa.timestamp("us", tz="UTC"), "int4": pa.int32(), "int8": pa.int64(), "int2": pa.int16(),
    "float4": pa.float32(), "text": pa.string(),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How many days of raw history stay in the database; what is older goes to `folder` as Parquet. [days]"""

    folder: Path
    reading_days: float = 400.0
    position_days: float = 400.0
    nmea_raw_days: float = 90.0

    def until(self, table: str, at: datetime) -> datetime:
        """Return the instant before which a table's pieces are archived."""
        days: float = getattr(self, f"{table}_days")
        return at - timedelta(days=days)


@dataclass(frozen=True, kw_only=True)
class Done:
    """What one round of maintenance did."""

    packed: tuple[str, ...]
    archived: tuple[str, ...]


def maintain(dsn: str, at: datetime, retention: Retention | None = None) -> Done:
    """Do one round as the database's owner; safe to repeat and to break off at any point."""
    with psycopg.connect(dsn, autocommit=True, options="-c timezone=UTC") as connection:
        engine.prepare(connection, at)
        kept = engine.ROLLUP_WINDOW if retention is None else timedelta(days=retention.reading_days)
        window = engine.limit_rollups(connection, min(kept, engine.ROLLUP_WINDOW))
        engine.refresh(connection, at - window, at - timedelta(hours=1))
        archived = [] if retention is None else list(_archive_old(connection, retention, at))
        packed = [p.name for p in engine.pieces(connection) if _cold(p, at) and engine.pack(connection, p)]
    return Done(packed=tuple(packed), archived=tuple(archived))


def _cold(piece: Piece, at: datetime) -> bool:
    return piece.until_at < at - engine.HOT


def _archive_old(connection: psycopg.Connection[Any], retention: Retention, at: datetime) -> Iterator[str]:
    for piece in engine.pieces(connection):
        if piece.until_at <= retention.until(piece.parent, at):
            rows = archive(connection, piece, retention.folder)
            if engine.drop(connection, piece, rows):
                yield piece.name


def archive(connection: psycopg.Connection[Any], piece: Piece, folder: Path) -> int:
    """Write a piece's rows to ``folder/table/table_YYYYMMDD.parquet`` (zstd), prove the file, return how many.

    Written again after a round that was broken off before the drop, the file is simply replaced.
    """
    target = folder / piece.parent / f"{piece.parent}_{piece.from_at:%Y%m%d}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_suffix(".new")
    written = _write(connection, piece, scratch)
    stored = pq.ParquetFile(scratch).metadata.num_rows
    if written != stored:
        raise StoreError(f"{scratch} has {stored} rows of {written}: nothing was dropped; free disk and try again.")
    scratch.rename(target)
    return written


def _write(connection: psycopg.Connection[Any], piece: Piece, path: Path) -> int:
    rows = 0
    statement = sql.SQL("select * from {} where observed_at >= %s and observed_at < %s order by {}").format(
        sql.Identifier(piece.parent),
        sql.SQL(_ORDER[piece.parent]),
    )
    with connection.transaction(), connection.cursor(name="archive", binary=True) as cursor:
        cursor.itersize = ROWS_A_GROUP
        cursor.execute(statement, (piece.from_at, piece.until_at))
        description = cursor.description
        assert description is not None
        schema = _schema(piece, [(c.name, connection.adapters.types[c.type_code].name) for c in description])
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            while batch := cursor.fetchmany(ROWS_A_GROUP):
                columns = [
                    pa.array(column, type=f.type) for column, f in zip(zip(*batch, strict=True), schema, strict=True)
                ]
                writer.write_table(pa.Table.from_arrays(columns, schema=schema))
                rows += len(batch)
    return rows


def _schema(piece: Piece, columns: list[tuple[str, str]]) -> pa.Schema:
    about = {"table": piece.parent, "from": piece.from_at.isoformat(), "until": piece.until_at.isoformat()}
    fields = [pa.field(name, _TYPES[kind]) for name, kind in columns]
    return pa.schema(fields, metadata={"huangyu": json.dumps(about)})
