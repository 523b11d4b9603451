"""What each database role may do with each table: the whole matrix, where a new table or grant must be written."""

import psycopg
import pytest
from psycopg import sql

ROLES = ("huangyu_ingest", "huangyu_services", "huangyu_reader")
VERBS = {"r": "select", "a": "insert", "w": "update", "d": "delete"}
# As in psql's \dp: r select, a insert, w update (some columns or all), d delete, - nothing. What the reader may try is
# narrowed further, row by row, by the session's scope.
MATRIX = """
    table                   ingest  services reader
    alembic_version         -       r       -
    alert                   -       rawd    rw
    alert_chain             -       raw     r
    alert_event             -       ra      ra
    audit                   -       -       r
    beidou_fix              -       ra      r
    cage                    ra      raw     r
    cage_profile            r       raw     raw
    calibration             r       raw     ra
    calibration_span        r       r        r
    campaign                -       raw     r
    campaign_order          -       rw      ra
    campaign_recipient      -       raw     rw
    cap_message             -       raw     r
    contact                 -       rawd    rawd
    contact_channel         -       rawd    rawd
    contact_check           -       rawd    ra
    contact_scope           -       rawd    rawd
    detection               a       raw     r
    distress_activation     -       rawd    r
    duty_shift              -       rawd    rawd
    evidence_bundle         -       ra      r
    exempt_vessel           -       r        -
    farm                    r       raw     r
    farm_log                r       raw     ra
    finding                 -       ra      r
    forecast_demotion       -       rawd    r
    forecast_event          -       rawd    r
    forecast_onset          -       rawd    r
    forecast_path           -       rawd    -
    forecast_quantile       -       rawd    r
    forecast_risk           -       rawd    r
    forecast_run            -       rawd    r
    forecast_score          -       rawd    r
    forecast_skill          -       rawd    r
    forecast_state          -       rawd    -
    gateway                 raw     raw     r
    gateway_gap             raw     r       r
    gateway_health          ra      rad     -
    gateway_health_latest   raw     r       r
    gateway_order           rw      ra      ra
    gateway_seq             raw     rd      -
    grid_field              -       rawd    r
    grid_run                -       rawd    r
    message_alert           -       rawd    ra
    message_outbox          -       raw     ra
    message_part            -       raw     -
    message_receipt         -       raw     r
    message_reply           -       raw     r
    nmea_raw                ra      rad     -
    person                  -       -       raw
    person_role             -       -       rad
    person_scope            -       -       rad
    person_second           -       -       -
    position                ra      rad     -
    position_degrees        r       r        -
    position_source         r       r       r
    probe_health            -       rawd    r
    quarantine              raw     rad     r
    radar_sart              -       rawd    ra
    reading                 raw     rawd    -
    reading_hourly          rawd    rawd    -
    register_import         -       ra      r
    rollup_dirty            rad     rad     -
    rule_limit              -       r       rawd
    safety_text             ra      rad     r
    scope_nmea              -       -        r
    scope_position          -       -        r
    scope_reading           -       -        r
    scope_reading_hourly    -       -        r
    season_permit           -       rawd    r
    season_rule             -       rawd    rawd
    series                  ra      raw     r
    series_latest           raw     raw     r
    service_heartbeat       raw     raw     r
    session                 -       -       r
    storm_track             -       rawd    r
    target                  raw     raw     r
    target_latest           raw     raw     r
    target_particulars      r       r        -
    target_static           raw     raw     r
    target_verdict          -       rawd    r
    target_verdict_history  -       ra      r
    temporary_group         -       rawd    rawd
    trip_report             -       rawd    ra
    vessel_register         -       raw     r
    vision_count            ra      raw     r
    watch_list              -       rawd    rawd
    zone                    -       rawd    rawd
"""
HISTORY = ("reading", "position", "nmea_raw", "rollup_dirty", "gateway_seq")
"""Tables that the reader's role may not touch at all: it reads through views with the session's scope."""
FOUND = """
select c.relname, r.role, v.verb
from pg_class c cross join unnest(%(roles)s::text[]) r(role) cross join unnest(%(verbs)s::text[]) v(verb)
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
    and case v.verb when 'delete' then has_table_privilege(r.role, c.oid, 'delete')
        else has_any_column_privilege(r.role, c.oid, v.verb) end
"""


def expected() -> set[tuple[str, str, str]]:
    """Return every (table, role, verb) of the matrix."""
    lines = [line.split() for line in MATRIX.strip().splitlines()[1:]]
    return {
        (table, role, VERBS[letter])
        for table, *rights in lines
        for role, letters in zip(ROLES, rights, strict=True)
        for letter in letters.replace("-", "")
    }


def test_every_role_may_do_with_every_table_what_the_matrix_says_and_nothing_else(database_dsn: str) -> None:
    with psycopg.connect(database_dsn) as connection:
        rows = connection.execute(FOUND, {"roles": list(ROLES), "verbs": list(VERBS.values())}).fetchall()
        truncating = connection.execute(
            "select c.relname from pg_class c, unnest(%s::text[]) r(role) where c.relnamespace = 'public'::regnamespace"
            " and c.relkind in ('r', 'p') and has_table_privilege(r.role, c.oid, 'truncate, references, trigger')",
            (list(ROLES),),
        ).fetchall()
    found = {(table, role, verb) for table, role, verb in rows}
    assert sorted(found - expected()) == [], "rights that nobody asked for"
    assert sorted(expected() - found) == [], "rights that are missing"
    assert truncating == []


async def test_reader_is_refused_history_tables(role_dsn) -> None:
    async with await psycopg.AsyncConnection.connect(role_dsn("huangyu_reader")) as connection:
        for table in HISTORY:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(sql.SQL("select from {}").format(sql.Identifier(table)))
            await connection.rollback()
