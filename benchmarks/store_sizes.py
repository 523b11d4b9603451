"""Bytes on disk a row of history, as it comes and packed as `huangyu db maintain` leaves it, every index counted.

Readings: a daily wave with noise, two decimals, whole seconds, every 10 s. Positions: boats that report every 10 to
12 s, with receive times to the millisecond, walk at about 5 kn and change course slowly. Rows arrive in the order of
their times, a thousand a batch, each batch ordered by key as ingest does. One whole week each (as a partition or
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
select %(week)s::timestamptz + k * interval '10 s' as observed_at, s as key,
    round((7 + s * 0.05 + 1.2 * sin(k / 1375.0 + s) + (random() - 0.5) * 0.06)::numeric, 2)::real as value,
    (case when random() < 0.002 then 3 else 1 end)::smallint as qc
from generate_series(1, %(series)s::int) s, generate_series(0, 60479) k
"""
POSITIONS = """
select at as observed_at, mmsi as key, 16680000 + (sum(sog * cos(radians(cog / 10.0)) * 0.28) over boat)::int as lat,
    72720000 + (sum(sog * sin(radians(cog / 10.0)) * 0.31) over boat)::int as lon, sog, cog, cog / 10 as heading,
    (-128)::smallint as rot, 7::smallint as nav_status, 1::smallint as source
from (
    select 412000000 + n as mmsi,
        %(week)s::timestamptz + k * interval '10 s' + round(random() * 2000) * interval '1 ms' as at,
        (50 + 8 * sin(k / 300.0 + n) + (random() - 0.5) * 3)::smallint as sog,
        ((3600 + 1800 + 1700 * sin(k / 250.0 + n) + (random() - 0.5) * 20)::int %% 3600)::smallint as cog
    from generate_series(1, %(boats)s::int) n, generate_series(0, 60479) k
) heard
window boat as (partition by mmsi order by at)
"""


COLUMNS = {
    "reading": "observed_at, series_id, value, qc",
    "position": "observed_at, mmsi, lat, lon, sog, cog, heading, rot, nav_status, source",
}
ARRIVE = """
create temp table heard as
    select made.*, (row_number() over (order by observed_at) / 1000)::int as batch from ({made}) made;
create index on heard (batch);
analyze heard
"""
STORE = """
do $$ begin
    for n in 0 .. (select max(batch) from heard) loop
        insert into {table} ({columns}) select {asked} from heard where batch = n order by key, observed_at;
    end loop;
end $$
"""


def measure(connection: psycopg.Connection[Any], made: str, table: str, parameters: dict[str, Any]) -> dict[str, float]:
    """Return the bytes a row of a week as it came and packed."""
    connection.execute("select ensure_partitions(%s::text::regclass, %s, %s)", (table, WEEK, WEEK))
    for statement in ARRIVE.format(made=made).split(";"):
        connection.execute(statement.encode(), parameters if "%(" in statement else None)
    asked = COLUMNS[table].replace("series_id", "key").replace("mmsi", "key")
    connection.execute(STORE.format(table=table, columns=COLUMNS[table], asked=asked).encode())
    found = connection.execute("select count(*) from heard").fetchone()
    connection.execute("drop table heard")
    connection.execute(f"vacuum analyze {table}".encode())
    rows = found[0] if found else 0
    hot = size_of(connection, table)
    written = [p for p in engine.pieces(connection, table) if p.from_at < WEEK + engine.PIECE and p.until_at > WEEK]
    for piece in written:  # chunks of TimescaleDB begin on a Thursday: a week lies in two
        engine.pack(connection, piece)
    connection.execute(f"vacuum analyze {table}".encode())
    packed = size_of(connection, table)
    return {f"{table}_hot_bytes": round(hot / rows, 2), f"{table}_bytes": round(packed / rows, 2)}


def size_of(connection: psycopg.Connection[Any], table: str) -> int:
    """Return the bytes of the week's pieces with all their indexes; of TimescaleDB the whole hypertable's."""
    if engine.name(connection) == "timescaledb":
        whole = connection.execute("select hypertable_size(%s::regclass)", (table,)).fetchone()
        return int(whole[0]) if whole else 0
    return sum(
        p.size_bytes for p in engine.pieces(connection, table) if p.from_at < WEEK + engine.PIECE and p.until_at > WEEK
    )


def main() -> None:
    options = arguments(__doc__ or "")
    state = machine()
    series, boats = (8, 6) if options.quick else (30, 20)
    parameters = {"week": WEEK, "series": series, "boats": boats}
    with database(options.engine) as dsn, psycopg.connect(dsn, autocommit=True) as connection:
        figures: dict[str, Any] = measure(connection, READINGS, "reading", parameters)
        figures |= measure(connection, POSITIONS, "position", parameters)
    figures |= {"reading_rows": series * 60_480, "position_rows": boats * 60_480}
    report(figures, options, f"one week, hot as it came and packed; bars {BARS[options.engine]} bytes", state)


if __name__ == "__main__":
    main()
