"""The store's reads, through its own methods: newest values, a year's chart, live targets, tracks, boxes.

Rows lie in the order of their times, as ingest leaves them: those of one series or boat far apart. Every figure is the
median of 15 calls on a warm cache, from the call to Python objects. With ``--engine timescaledb``
history older than a week is in the columnstore first.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from store_common import arguments, database, machine, report

from store import engine
from store.database import Database
from store.positions import Box
from store.store import Store

END = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
BOX = Box(south_deg=27.7, west_deg=121.1, north_deg=27.9, east_deg=121.35)

PLACES = """
insert into farm (farm_id, name_zh, district_id, lat_deg, lon_deg) values ('dt01', '一号', 'dongtou', 27.8, 121.2);
insert into cage (cage_id, farm_id) select format('dt01-c%%s', c), 'dt01' from generate_series(1, 60) c;
insert into series (cage_id, point, quantity, unit)
select format('dt01-c%%s', c), 'd' || (1 + q / 4),
    (array['do_mg_l', 'water_temp_c', 'salinity_psu', 'ph'])[1 + q %% 4], 'u'
from generate_series(1, 60) c, generate_series(0, 11) q;
"""
READINGS = """
insert into reading (observed_at, series_id, value, qc)
select t, s, 7 + sin(extract(epoch from t) / 7000) + round((random() / 10)::numeric, 2)::real, 1
from generate_series(1, %(series)s::int) s,
    generate_series(%(since)s::timestamptz, %(until)s::timestamptz, interval '10 min') t
order by t, s
"""
LATEST = """
insert into series_latest (series_id, observed_at, value, qc, received_at)
select series_id, %(until)s::timestamptz, 7.1, 1, %(until)s::timestamptz from series
"""
HOURS = """
insert into reading_hourly (bucket_at, series_id, n, n_good, value_min, value_max, value_avg)
select date_trunc('hour', observed_at), series_id, count(*), count(*), min(value), max(value), avg(value)
from reading group by 1, 2 order by 1, 2
"""
TARGETS = """
insert into target (mmsi, mmsi_class, first_seen_at)
select 412000000 + n, 'ship', %(since)s::timestamptz from generate_series(1, 20000) n
"""
POSITIONS = """
insert into position (observed_at, mmsi, lat, lon, sog, cog, source)
select %(until)s::timestamptz - (30.0 * 86400 / %(each)s * k + n / 700.0) * interval '1 s', 412000000 + n,
    (27.2 * 600000)::int + (n * 7919 %% 720000) + k %% 2000,
    (120.8 * 600000)::int + (n * 104729 %% 1020000) + k %% 3000, 50, (k * 13) %% 3600, 1
from generate_series(1, %(boats)s::int) n, generate_series(0, %(each)s::int - 1) k
order by 1
"""
NEWEST = """
insert into target_latest (mmsi, observed_at, lat, lon, sog, cog, source, received_at)
select 412000000 + n, %(until)s::timestamptz - n * interval '40 ms', (27.2 * 600000)::int + (n * 7919 %% 720000),
    (120.8 * 600000)::int + (n * 104729 %% 1020000), 50, 10, 1, %(until)s::timestamptz
from generate_series(1, 20000) n
"""


def fill(dsn: str, quick: bool) -> dict[str, Any]:
    """Fill the database on the server; return row counts and bytes a row."""
    year_series, boats, each = (12, 2000, 500) if quick else (60, 2000, 5000)
    since, until = END - timedelta(days=365), END
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table, first in (("reading", since), ("position", END - timedelta(days=31))):
            connection.execute("select ensure_partitions(%s::text::regclass, %s, %s)", (table, first, until))
        connection.execute(PLACES.replace("%%", "%").encode())
        parameters = {"since": since, "until": until, "series": year_series, "boats": boats, "each": each}
        for statement in (READINGS, LATEST, TARGETS, POSITIONS, NEWEST):
            connection.execute(statement, parameters)
        if engine.licensed(connection):
            engine.refresh(connection, since - timedelta(days=7), until)
            for piece in engine.pieces(connection):
                if piece.until_at < END - timedelta(days=2):
                    engine.pack(connection, piece)
        else:
            connection.execute(HOURS)
        connection.execute("vacuum analyze")
        return {f"{table}_rows": connection.execute(f"select count(*) from {table}").fetchone()[0]
                for table in ("reading", "position")}  # fmt: skip


async def median_ms(call: Callable[[], Awaitable[Any]], least: int) -> float:
    """Return the median of 15 calls; each must bring at least `least` rows."""
    spent = []
    for _ in range(17):
        began = time.perf_counter()
        rows = await call()
        spent.append((time.perf_counter() - began) * 1000)
        assert len(rows) >= least, f"{len(rows)} rows, {least} wanted"
    return round(statistics.median(spent[2:]), 2)


async def measure(dsn: str) -> dict[str, float]:
    async with Database.session(dsn, application="bench") as opened:
        store = Store(opened)
        series_id = (await store.readings.series())[0].series_id
        year, month, hour = END - timedelta(days=365), END - timedelta(days=30), END - timedelta(days=9, hours=1)
        ids = np.arange(1, 721, dtype=np.int32)
        return {
            "latest_ms": await median_ms(lambda: store.readings.latest_values(ids), 720),
            "latest_objects_ms": await median_ms(store.readings.latest, 720),
            "year_chart_ms": await median_ms(lambda: store.readings.chart(series_id, year, END, 1000), 700),
            "live_box_ms": await median_ms(
                lambda: store.targets.live_in_box(BOX, END - timedelta(hours=1)), 100
            ),
            "live_all_map_ms": await median_ms(
                lambda: opened.tuples("targets/map", since=END - timedelta(hours=1)), 20_000
            ),
            "track_ms": await median_ms(lambda: opened.tuples(
                "positions/track", mmsi=412000007, since=month, until=END), 400),
            "box_hour_ms": await median_ms(lambda: opened.tuples(
                "positions/box", cells=BOX.cells(), since=hour, until=hour + timedelta(hours=1), **BOX.limits()), 10),
        }  # fmt: skip


async def main() -> None:
    options = arguments(__doc__ or "")
    state = machine()
    with database(options.engine) as dsn:
        began = time.perf_counter()
        rows = fill(dsn, options.quick)
        fill_s = round(time.perf_counter() - began, 1)
        figures: dict[str, Any] = await measure(dsn) | rows | {"fill_s": fill_s}
    method = "median of 15 warm calls through the store's own methods; 720 series, 20,000 live targets"
    report(figures, options, method, state)


if __name__ == "__main__":
    asyncio.run(main())
