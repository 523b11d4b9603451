"""Every query file, planned without values: a table that grows for ever is reached by an index, never read whole.

With sequential scans forbidden the planner takes one only where no index can serve, whatever the table holds; a few
tables have rows, so that it does not think them too small to be asked by key. Which partitions are read is asked with
values in ``test_query_plans.py``.
"""

import json
import re
from collections.abc import Container, Iterator
from typing import Any

import psycopg
import pytest

from store.sql import query, query_names

GROWING = {
    "reading", "position", "nmea_raw", "reading_hourly", "detection", "safety_text", "gateway_health", "gateway_seq",
    "gateway_gap", "gateway_order", "rollup_dirty", "quarantine", "target_static", "target_verdict_history",
    "finding", "alert", "alert_event", "message_outbox", "message_alert", "message_part", "message_receipt",
    "message_reply", "campaign_recipient", "cap_message", "audit", "session", "evidence_bundle", "trip_report",
    "farm_log", "vision_count", "forecast_run", "forecast_quantile", "forecast_path", "forecast_risk",
    "forecast_score", "forecast_skill", "forecast_event", "forecast_onset", "grid_run", "grid_field", "storm_track",
    "distress_activation", "radar_sart", "beidou_fix",
}  # fmt: skip
"""Tables that machines and messages fill; the others hold a row a place, boat, person, rule or entry by hand."""
WHOLE = {
    "access/broken_links": "the whole chain is what it checks",
    "findings/bundles": "the whole chain of bundles, or by its index those of one alert",
    "reader/alerts": "history, as far back as the person asks",
}
"""Query files that mean to read a growing table whole, and why that is right."""
READER = ("reader/", "access/")
FILL = """
insert into alert (alert_id, key, rule, rule_version, subject_kind, subject_id, severity, condition, handling,
    first_active_at, last_active_at, observed_at, raised_at, closed_at, reason_zh, reason_en, version)
    select md5(n::text)::uuid, n::text, 'oxygen', '1', 'cage', 'c' || n % 60, 3, 'cleared', 'closed', now(), now(),
    now(), now() - n * interval '1 min', now(), 'a', 'a', 1 from generate_series(1, 20000) n;
insert into cap_message (sender, identifier, sent_at, msg_type, status, scope, state, severity, source, xml,
    received_at)
    select 's', 'i' || n, now(), 'Alert', 'Actual', 'Public', 'logged', 3, 'x', repeat('x', 99), now()
    from generate_series(1, 5000) n;
insert into message_outbox (message_id, contact_id, kind, address, text, rule, notice, priority, segments, created_at,
    due_at, state)
    select md5(n::text)::uuid, 'c', 'sms', '1', 'a', 'oxygen', 'raise', 1, 1, now(), now(), 'delivered'
    from generate_series(1, 20000) n;
insert into target_static (mmsi, digest, part, first_seen_at, last_seen_at)
    select n, decode(md5(n::text), 'hex'), '5', now(), now() from generate_series(1, 20000) n;
insert into target_latest (mmsi, observed_at, lat, lon, source, received_at)
    select n, now() - n * interval '1 min', 1, 1, 1, now() from generate_series(1, 20000) n;
analyze alert, cap_message, message_outbox, target_static, target_latest;
"""
PARTIAL = "select indexrelid::regclass::text from pg_index where indpred is not null"
PARAMETER = re.compile(r"%\((\w+)\)s")
INDEX_SCANS = ("Index Scan", "Index Only Scan")
ELSEWHERE = {"engine/pieces_timescaledb", "engine/facts_timescaledb", "engine/rollup_store"}
"""They ask TimescaleDB's own catalogue."""


def numbered(text: str) -> str:
    """Return a query with ``$1`` … in place of its names, as the server sees it."""
    names = list(dict.fromkeys(PARAMETER.findall(text)))
    return PARAMETER.sub(lambda match: f"${names.index(match[1]) + 1}", text).replace("%%", "%")


def whole_reads(plan: dict[str, Any], partial: Container[str], *, limited: bool = False) -> Iterator[str]:
    """Yield the growing tables that a plan reads from end to end.

    The first rows of an order are not the end, and a partial index holds only what is open.
    """
    limited = limited or plan["Node Type"] == "Limit"
    relation = re.sub(r"_w\d{8}$", "", str(plan.get("Relation Name", "")))
    scan = plan["Node Type"]
    unbound = scan in INDEX_SCANS and "Index Cond" not in plan and plan["Index Name"] not in partial and not limited
    if relation in GROWING and (scan == "Seq Scan" or unbound):
        yield relation
    for child in plan.get("Plans", ()):
        yield from whole_reads(child, partial, limited=limited and scan not in ("Sort", "Aggregate"))


@pytest.fixture(scope="module")
def planner(postgres_server, database_template) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_server.dsn("huangyu_super"), autocommit=True) as owner:
        owner.execute(f"create database query_indexes template {database_template}")
        with psycopg.connect(postgres_server.dsn("huangyu_super", "query_indexes"), autocommit=True) as connection:
            connection.execute("set session_replication_role = replica")
            connection.execute(FILL)
            connection.execute("reset session_replication_role")
            for way in ("seqscan", "hashjoin", "mergejoin"):
                connection.execute(f"set enable_{way} = off".encode())
            yield connection
        owner.execute("drop database query_indexes with (force)")


def planned(connection: psycopg.Connection[Any], name: str) -> dict[str, Any]:
    with connection.transaction(force_rollback=True):
        if name.startswith(READER):
            connection.execute("set local role huangyu_reader")
        row = connection.execute(f"explain (generic_plan, format json) {numbered(query(name))}".encode()).fetchone()
    assert row is not None
    found = row[0] if isinstance(row[0], list) else json.loads(row[0])
    plan: dict[str, Any] = found[0]["Plan"]
    return plan


def test_every_query_file_reaches_growing_tables_by_an_index_or_says_why_not(planner) -> None:
    partial = {name for (name,) in planner.execute(PARTIAL).fetchall()}
    read = {name: set(whole_reads(planned(planner, name), partial)) for name in query_names() if name not in ELSEWHERE}
    found = {name: sorted(tables) for name, tables in read.items() if tables}
    assert {name: tables for name, tables in found.items() if name not in WHOLE} == {}
    assert sorted(WHOLE.keys() - found.keys()) == [], "reasons for what is not so"
