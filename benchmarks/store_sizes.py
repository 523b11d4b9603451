"""Bytes on disk a row of history, packed as `huangyu db maintain` leaves it: readings every 10 s, boats under way.

Readings: a daily wave with noise, two decimals, whole seconds. Positions: boats that report every 10 to 12 s, with
receive times to the millisecond, walk at about 5 kn and change course slowly. One whole week each (as a partition or
chunk holds), so that no half-filled piece weighs on the figure. TimescaleDB: its own size of the whole hypertable.
"""

from datetime import UTC, datetime
from typing import Any

import psycopg
from store_common import arguments, database, machine, report

from store import engine

NOW = datetime.now(UTC)
WEEK = engine.ORIGIN + (NOW - engine.ORIGIN) // engine.PIECE * engine.PIECE - 2 * engine.PIECE
BARS = {"plain": (85, 100), "timescaledb": (4.5, 14)}

READINGS = """
insert into reading (observed_at, series_id, value, qc)
select %(week)s::timestamptz + k * interval '10 s', s,
    round((7 + s * 0.05 + 1.2 * sin(k / 1375.0 + s) + (random() - 0.5) * 0.06)::numeric, 2)::real,
    case when random() < 0.002 then 3 else 1 end
from generate_series(1, %(series)s::int) s, generate_series(0, 60479) k
"""
POSITIONS = """
insert into position (observed_at, mmsi, lat, lon, sog, cog, heading, rot, nav_status, source)
select at, mmsi, 16680000 + (sum(sog * cos(radians(cog / 10.0)) * 0.28) over boat)::int,
    72720000 + (sum(sog * sin(radians(cog / 10.0)) * 0.31) over boat)::int, sog, cog, cog / 10, -128, 7, 1
from (
    select 412000000 + n as mmsi,
        %(week)s::timestamptz + k * interval '10 s' + round(random() * 2000) * interval '1 ms' as at,
        (50 + 8 * sin(k / 300.0 + n) + (random() - 0.5) * 3)::smallint as sog,
        ((3600 + 1800 + 1700 * sin(k / 250.0 + n) + (random() - 0.5) * 20)::int %% 3600)::smallint as cog
    from generate_series(1, %(boats)s::int) n, generate_series(0, 60479) k
) heard
window boat as (partition by mmsi order by at)
"""


def measure(connection: psycopg.Connection[Any], statement: str, table: str, parameters: dict[str, Any]) -> float:
    connection.execute("select ensure_partitions(%s::text::regclass, %s, %s)", (table, WEEK, WEEK))
    rows = connection.execute(statement.encode(), parameters).rowcount
    written = [p for p in engine.pieces(connection, table) if p.from_at < WEEK + engine.PIECE and p.until_at > WEEK]
    for piece in written:  # chunks of TimescaleDB begin on a Thursday: a week lies in two
        engine.pack(connection, piece)
    connection.execute(f"vacuum analyze {table}".encode())
    names = {piece.name for piece in written}
    size = sum(piece.size_bytes for piece in engine.pieces(connection, table) if piece.name in names)
    if engine.name(connection) == "timescaledb":
        whole = connection.execute("select hypertable_size(%s::regclass)", (table,)).fetchone()
        assert whole is not None
        size = max(size, whole[0])
    return round(size / rows, 2)


def main() -> None:
    options = arguments(__doc__ or "")
    state = machine()
    series, boats = (8, 6) if options.quick else (30, 20)
    parameters = {"week": WEEK, "series": series, "boats": boats}
    with database(options.engine) as dsn, psycopg.connect(dsn, autocommit=True) as connection:
        figures: dict[str, Any] = {
            "reading_bytes": measure(connection, READINGS, "reading", parameters),
            "position_bytes": measure(connection, POSITIONS, "position", parameters),
        }
    figures |= {"reading_rows": series * 60_480, "position_rows": boats * 60_480}
    report(figures, options, f"one week packed; bars {BARS[options.engine]} bytes", state)


if __name__ == "__main__":
    main()
