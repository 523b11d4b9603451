"""`huangyu safety` on a real database: files in, refusals with reasons, the ranking out."""

import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from core.errors import AppError
from services.cli.safety import app

TRIPS = "mmsi,kind,at,persons\n412300001,出港,2026-09-01 05:30,6\n412300002,进港,2026-09-01 07:00,4\n"
ZONES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": "fw1", "name_zh": "东航路", "purpose": "fairway"},
            "geometry": {"type": "Polygon", "coordinates": [[[121, 27], [122, 27], [122, 28], [121, 27]]]},
        }
    ],
}


def run(*words: str) -> dict[str, int]:
    result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    return dict(json.loads(result.stdout))


def test_trips_imported_twice_are_new_once(database_dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "trips.csv"
    file.write_text(TRIPS, encoding="gb18030")
    assert run("trips", str(file), "--dsn", database_dsn) == {"reports": 2, "new": 2, "problems": 0}
    assert run("trips", str(file), "--dsn", database_dsn) == {"reports": 2, "new": 0, "problems": 0}


def test_trips_with_a_bad_row_write_nothing_unless_told(database_dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "trips.csv"
    file.write_text(TRIPS + "12,出港,2026-09-01 05:30,6\n", encoding="utf-8")
    with pytest.raises(AppError, match="Nothing was written"):
        CliRunner().invoke(app, ["trips", str(file), "--dsn", database_dsn], catch_exceptions=False)
    assert run("trips", str(file), "--skip-bad", "--dsn", database_dsn) == {"reports": 2, "new": 2, "problems": 1}


def test_zones_are_imported_and_a_dry_run_needs_no_database(database_dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "zones.geojson"
    file.write_text(json.dumps(ZONES), encoding="utf-8")
    assert run("zones", str(file), "--dry-run") == {"zones": 1, "saved": 0}
    assert run("zones", str(file), "--dsn", database_dsn) == {"zones": 1, "saved": 1}


def test_permit_and_ranking_over_the_command_line(database_dsn: str) -> None:
    words = ["permit", "412300001", "专捕1", "2026-08-05T12:00:00", "2026-09-16T12:00:00", "--dsn", database_dsn]
    assert CliRunner().invoke(app, words, catch_exceptions=False).exit_code == 0
    with psycopg.connect(database_dsn, autocommit=True) as connection:
        row = connection.execute("select valid_from at time zone 'Asia/Shanghai' from season_permit").fetchone()
        assert row is not None
        assert row[0].isoformat() == "2026-08-05T12:00:00"
        connection.execute(
            "insert into watch_list (mmsi, reason_zh, points, added_by) values (412300001, '群众举报', 30, 'officer')"
        )
    result = CliRunner().invoke(app, ["inspect", "--json", "--dsn", database_dsn], catch_exceptions=False)
    (boat,) = json.loads(result.stdout)
    assert (boat["mmsi"], boat["points"], boat["advice"]) == (412300001, 30.0, "watch")
    assert "群众举报" in boat["reasons"]


def test_rules_are_listed_with_their_sources() -> None:
    result = CliRunner().invoke(app, ["rules", "--json"], catch_exceptions=False)
    assert {row["rule"] for row in json.loads(result.stdout)} >= {"collision", "distress", "storm", "season"}
