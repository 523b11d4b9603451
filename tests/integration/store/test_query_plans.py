"""Every query over the long tables reads only the pieces and the index that it needs, on each engine at hand.

The reader's queries are planned as ``huangyu_reader`` in a session, so through the views of its scope. Every other
table is planned in ``test_query_indexes.py``.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from store import engine, migrate
from store.positions import Box
from store.sql import query, query_names
from tests.fixtures.database import timescale_server

END = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
WEEKS = 8
FAMILIES = ("readings", "positions", "targets", "gateways", "places")
BOX = Box(south_deg=27.7, west_deg=121.1, north_deg=27.9, east_deg=121.3)
HOUR = {"since": END - timedelta(days=9), "until": END - timedelta(days=9) + timedelta(hours=1)}
FEW = {"limit": 10}

FILL = """
insert into farm (farm_id, name_zh, district_id, lat_deg, lon_deg) values ('dt01', '一号', 'dongtou', 27.8, 121.2);
insert into cage (cage_id, farm_id) select 'c' || c, 'dt01' from generate_series(1, 50) c;
insert into farm (farm_id, name_zh, district_id, lat_deg, lon_deg) values ('dt02', '二号', 'dongtou', 27.8, 121.2);
insert into cage (cage_id, farm_id) values ('k1', 'dt02');
insert into gateway (gateway_id, farm_id) select 'gw' || g, 'dt01' from generate_series(1, 50) g;
insert into series (cage_id, point, quantity, unit)
    select 'c' || c, 'd' || p, 'do_mg_l', 'mg/L' from generate_series(1, 50) c, generate_series(1, 40) p;
insert into series (cage_id, point, quantity, unit)
    values ('k1', 'd1', 'do_mg_l', 'mg/L'), ('k1', 'd2', 'do_mg_l', 'mg/L');
insert into reading (observed_at, series_id, value, qc)
    select now() - make_interval(secs => 600 * k), s, 7, 1
    from (select generate_series(1, 18) union all values (2001), (2002)) as few (s), generate_series(0, 7900) k;
insert into series_latest (series_id, observed_at, value, qc, received_at)
    select series_id, now(), 7, 1, now() from series;
insert into target (mmsi, mmsi_class, first_seen_at)
    select 412000000 + n, 'ship', now() from generate_series(1, 4000) n;
insert into position (observed_at, mmsi, lat, lon, source)
    select now() - make_interval(secs => 1200 * k), 412000000 + n, 16200000 + (n * 7919 % 720000),
        72480000 + (n * 104729 % 1020000), 1
    from generate_series(1, 40) n, generate_series(0, 3900) k;
insert into target_latest (mmsi, observed_at, lat, lon, source, received_at)
    select mmsi, now() - make_interval(secs => mmsi % 100000), 16200000, 72480000, 1, now() from target;
insert into target_static (mmsi, digest, part, name, first_seen_at, last_seen_at)
    select mmsi, decode(md5(mmsi::text), 'hex'), '5', 'X' || mmsi, now(), now() from target;
insert into nmea_raw (observed_at, gateway_id, seq, receiver, line)
    select now() - make_interval(secs => 60 * k), 'gw1', k, 'rx1', '!AIVDM' from generate_series(0, 60000) k;
insert into gateway_seq (gateway_id, block, committed)
    select 'gw' || g, b, int8multirange(int8range(b * 4096, b * 4096 + 4096))
    from generate_series(1, 50) g, generate_series(0, 200) b;
insert into person (login, name_zh) values ('officer', 'a');
insert into person_role select person_id, 'regulator' from person;
insert into person_scope select person_id, 'district', 'dongtou' from person;
insert into session (token_sha256, person_id, expires_at, idle_s)
    select sha256('token'), person_id, now() + interval '1 day', 86400 from person;
"""
HOURS = """
insert into reading_hourly (bucket_at, series_id, n, n_good, value_min, value_max, value_avg)
    select date_trunc('hour', observed_at), series_id, count(*), count(*), 7, 7, 7 from reading group by 1, 2
"""
ENGINES = ["plain", pytest.param("timescaledb", marks=pytest.mark.timescale)]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a query may read: `pieces` partitions at most, and which tables only through an index.

    `forced`: the test's table is so small that reading it whole is right; asked whether an index can serve at all.
    """

    query: str
    parameters: dict[str, Any]
    pieces: int = 0
    indexed: tuple[str, ...] = field(default=())
    forced: bool = False


SERIES = {"series_ids": [1, 2]}
PLANS = (
    Plan(query="readings/between", parameters=SERIES | HOUR, pieces=1, indexed=("reading",)),
    Plan(query="readings/hourly", parameters=SERIES | HOUR, indexed=("reading_hourly",)),
    Plan(query="readings/hourly_columns", parameters=SERIES | HOUR, indexed=("reading_hourly",)),
    Plan(
        query="readings/chart_raw", pieces=1, indexed=("reading",),
        parameters=HOUR | {"series_id": 1, "stride": timedelta(minutes=10)},
    ),
    Plan(
        query="readings/chart_hourly", indexed=("reading_hourly",),
        parameters=HOUR | {"series_id": 1, "stride": timedelta(hours=6)},
    ),
    Plan(query="readings/latest_values", parameters={"series_ids": [1, 2, 3]}, indexed=("series_latest",)),
    Plan(query="positions/track", parameters=HOUR | {"mmsi": 412000007}, pieces=1, indexed=("position",)),
    Plan(query="positions/since", parameters=HOUR | {"mmsis": [412000007]}, pieces=1, indexed=("position",)),
    Plan(
        query="positions/box", parameters=HOUR | {"cells": BOX.cells()} | BOX.limits(), pieces=1, indexed=("position",)
    ),
    Plan(query="positions/raw", parameters=HOUR | {"gateway_id": "gw1"}, pieces=1),
    Plan(query="targets/statics", parameters={"mmsis": [412000007], "since": END}, indexed=("target_static",)),
    Plan(query="targets/texts", parameters=HOUR),
    Plan(
        query="cages/windows", pieces=1, indexed=("reading",),
        parameters={"quantities": ["no_such"], "since": HOUR["since"], "until": HOUR["until"]},
    ),
    Plan(query="export/positions", parameters=HOUR | {"mmsis": [412000007]}, pieces=1, indexed=("position",)),
    Plan(
        query="export/readings", pieces=1, indexed=("reading",),
        parameters=HOUR | {"farm_ids": None, "cage_ids": ["k1"], "quantities": None},
    ),
    Plan(query="safety/recent_positions", parameters=HOUR | {"step": timedelta(minutes=1)}, pieces=1),
    Plan(query="detections/since", parameters=HOUR),
    Plan(query="detections/of_target", parameters=HOUR | {"target_id": "D1"}),
    Plan(
        query="reader/buckets", indexed=("reading_hourly",), parameters=HOUR | {"series": [1, 2], "stride_s": 21_600}
    ),
    Plan(
        query="reader/day", indexed=("reading_hourly",), forced=True,
        parameters=HOUR | {"farms": ["dt02"], "quantities": ["do_mg_l"]},
    ),
    Plan(
        query="reader/fine_buckets", pieces=1, indexed=("reading",),
        parameters=HOUR | {"series": [1, 2], "stride_s": 600},
    ),
    Plan(
        query="reader/observations", pieces=1, indexed=("reading",),
        parameters=HOUR | {"series_id": 1, "limit": 100, "skip": 0},
    ),
    Plan(
        query="reader/export_readings", pieces=1, indexed=("reading",),
        parameters=HOUR | {"farm_id": "dt02", "limit": 100},
    ),
    Plan(query="reader/track", parameters=HOUR | {"mmsi": 412000007}, pieces=1, indexed=("position",)),
    Plan(query="reader/heard_cells", parameters=HOUR, pieces=1),
    Plan(
        query="gateways/health_history", parameters=HOUR | {"gateway_id": "gw1", "kind": "unit"}
    ),
)  # fmt: skip
SMALL = {
    "readings/latest", "readings/series", "readings/newest", "readings/take_dirty", "readings/rollup_lock",
    "targets/live",
    "targets/live_box", "targets/map", "targets/notify_distress", "gateways/all", "gateways/gaps", "gateways/health",
    "gateways/quarantined", "gateways/totals", "places/farms", "places/cages", }  # fmt: skip
"""Queries of small tables or of the catalogue, and those that mean to read a whole newest-values table."""
LONG = re.compile(
    r"\b(?:from|join)\s+(reading|position|nmea_raw|position_degrees|detection|reading_hourly|scope_\w+)\b", re.I
)
UNPLANNED = {
    "safety/distress_signals": "bounded by its own start time and by the numbers of distress devices only",
    "engine/facts_timescaledb": "TimescaleDB only: asks for the newest row",
}
"""Queries of other families over the long tables without a plan here, and why."""
WRITES = ("insert into", "update ", "delete from")


@pytest.fixture(scope="module", params=ENGINES)
def filled(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection[Any]]:
    with made(request) as dsn, psycopg.connect(dsn, autocommit=True) as connection:
        for table in ("reading", "position", "nmea_raw"):
            connection.execute(
                "select ensure_partitions(%s::text::regclass, %s, %s)", (table, END - timedelta(weeks=WEEKS), END)
            )
        connection.execute(FILL)
        if engine.licensed(connection):
            engine.refresh(connection, END - timedelta(weeks=WEEKS), END)
        else:
            connection.execute(HOURS)
        connection.execute("vacuum analyze")
        yield connection


@contextmanager
def made(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of the engine asked for, of a role that may become the reader."""
    if request.param == "timescaledb":
        owner, copy = timescale_server(), ""
    else:
        owner = request.getfixturevalue("postgres_server").dsn("huangyu_super")
        copy = f" owner huangyu_admin template {request.getfixturevalue('database_template')}"
    dsn = make_conninfo(owner, dbname="plans")
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"create database plans{copy}".encode())
        try:
            if not copy:
                migrate.upgrade(dsn, END, want="timescaledb")
            yield dsn
        finally:
            connection.execute("drop database plans with (force)")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def explain(
    connection: psycopg.Connection[Any], name: str, parameters: dict[str, Any], *, forced: bool = False
) -> list[dict[str, Any]]:
    with connection.transaction(force_rollback=True):
        connection.execute(f"set local enable_seqscan = {'off' if forced else 'on'}".encode())
        if name.startswith("reader/"):
            connection.execute("select set_config('huangyu.session', 'token', true)")
            connection.execute("set local role huangyu_reader")
        row = connection.execute(f"explain (format json) {query(name)}", parameters).fetchone()
    assert row is not None
    found = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return list(nodes(found[0]["Plan"]))


def of_table(connection: psycopg.Connection[Any], node: dict[str, Any], table: str) -> bool:
    """Whether a node reads a table, or a piece of it: a partition by its name, a chunk by the catalogue."""
    relation = str(node.get("Relation Name", ""))
    return relation == table or relation.startswith(f"{table}_w") or relation in chunks(connection, table)


def chunks(connection: psycopg.Connection[Any], table: str) -> set[str]:
    if engine.name(connection) == "plain":
        return set()
    found = connection.execute(
        "select c.chunk_name from timescaledb_information.chunks c where c.hypertable_name = %(table)s"
        " or c.hypertable_name = (select a.materialization_hypertable_name"
        " from timescaledb_information.continuous_aggregates a where a.view_name = %(table)s)",
        {"table": table},
    )
    return {name for (name,) in found}


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.query)
def test_query_reads_few_pieces_by_index(plan: Plan, filled: psycopg.Connection[Any]) -> None:
    found = explain(filled, plan.query, plan.parameters, forced=plan.forced)
    for table in engine.LONG_TABLES:
        pieces = {node["Relation Name"] for node in found if of_table(filled, node, table)} - {table}
        # A continuous aggregate in real time looks at the chunk of the newest hours too.
        most = plan.pieces + (table == "reading" and "reading_hourly" in plan.indexed and engine.licensed(filled))
        assert len(pieces) <= most, sorted(pieces)
    for table in plan.indexed:
        ways = {node["Node Type"] for node in found if of_table(filled, node, table)}
        assert ways, f"{table} is not read at all"
        assert "Seq Scan" not in ways, f"{table} is read whole"


def test_query_by_cell_uses_the_cell_index(filled: psycopg.Connection[Any]) -> None:
    """Of hot data: in the columnstore each boat's span of time is looked at, and its places at once."""
    hot = {"since": END - timedelta(hours=3), "until": END - timedelta(hours=2)}
    found = explain(filled, "positions/box", hot | {"cells": BOX.cells()} | BOX.limits())
    assert any("position_cell" in str(node.get("Index Name", "")) for node in found)


def test_query_files_of_the_sea_all_have_a_plan_or_are_small() -> None:
    """A new query file must be added to one of the two lists."""
    planned = {plan.query for plan in PLANS} | SMALL
    reads = {
        name for name in query_names()
        if name.split("/")[0] in FAMILIES and not any(word in query(name).lower() for word in WRITES)
        and name not in ("readings/differing", "gateways/read_blocks", "gateways/known")
    }  # fmt: skip
    assert reads - planned == set()
    assert planned - set(query_names()) == set()


def test_query_files_of_others_over_long_tables_have_a_plan_or_a_reason() -> None:
    planned = {plan.query for plan in PLANS} | UNPLANNED.keys()
    reads = {
        name for name in query_names()
        if name.split("/")[0] not in FAMILIES and LONG.search(query(name))
        and not any(word in query(name).lower() for word in WRITES)
    }  # fmt: skip
    assert reads - planned == set()
    assert UNPLANNED.keys() <= reads, "a reason for a query that is not there"


@pytest.mark.parametrize("rows", [1, 500], ids=["one", "a batch"])
def test_query_of_differing_readings_reads_one_piece_by_key(rows: int, filled) -> None:
    at = END - timedelta(days=9)
    parameters = {
        "observed_at": [at + timedelta(seconds=10 * n) for n in range(rows)], "series_id": [1] * rows,
        "value": [7.0] * rows, "qc": [1] * rows, "first_at": at, "last_at": at + timedelta(hours=2),
    }  # fmt: skip
    found = explain(filled, "readings/differing", parameters)
    touched = {node["Relation Name"] for node in found if of_table(filled, node, "reading")}
    assert len(touched) == 1
