"""Exports read back by independent readers: pandas, pyarrow, xarray, json; refusals are one clear sentence."""

import csv
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr
from typer.testing import CliRunner

from core.errors import AppError
from core.position import Position, PositionSource
from core.qc import QcFlag
from core.reading import Reading, SeriesKey
from core.units import QUANTITIES
from services import export_netcdf
from services.cli.export import app
from services.export import Format, Selection, export_positions, export_readings
from store.places import Cage, Farm

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WHOLE = Selection(since=NOW - timedelta(days=1), until=NOW + timedelta(days=1))


@pytest.fixture
async def filled(store, database_dsn: str) -> AsyncIterator[str]:
    await store.places.save_farm(
        Farm(farm_id="dt01", name_zh="一号", district_id="dongtou", lat_deg=27.8, lon_deg=121.2)
    )
    await store.places.save_cage(Cage(cage_id="dt01-c01", farm_id="dt01", lat_deg=27.81, lon_deg=121.21))
    await store.places.save_cage(Cage(cage_id="dt01-c02", farm_id="dt01"))
    rows = []
    for cage, point in (("dt01-c01", "d2"), ("dt01-c02", "d6"), ("dt01-c02", "met")):
        for minute in range(5):
            at = NOW + timedelta(minutes=minute)
            quantity = "wind_mps" if point == "met" else "do_mg_l"
            rows.append(
                Reading(
                    series=SeriesKey(cage=cage, point=point, quantity=quantity), observed_at=at, value=minute + 0.5,
                    qc=QcFlag.GOOD,
                )
            )  # fmt: skip
    warm = SeriesKey(cage="dt01-c01", point="d2", quantity="water_temp_c")
    rows.append(Reading(series=warm, observed_at=NOW, value=18.25, qc=QcFlag.SUSPECT))
    rows.append(Reading(series=warm, observed_at=NOW + timedelta(minutes=1), value=None, qc=QcFlag.MISSING))
    await store.readings.add(rows, NOW)
    fixes = [
        Position(mmsi=mmsi, observed_at=NOW + timedelta(minutes=m), lat_deg=27.8 + m / 100, lon_deg=121.2,
                 source=PositionSource.AIS_B, sog_kn=None if m == 1 else 5.0)
        for mmsi, minutes in ((412000001, 3), (412000002, 1)) for m in range(minutes)
    ]  # fmt: skip
    await store.positions.add(fixes, NOW)
    yield database_dsn


def test_export_readings_netcdf_is_ragged_time_series(filled: str, tmp_path: Path) -> None:
    (written,) = export_readings(filled, WHOLE, tmp_path, [Format.NETCDF])
    with xr.open_dataset(tmp_path / written.path) as data:
        assert (data.attrs["Conventions"], data.attrs["featureType"]) == ("CF-1.11", "timeSeries")
        names = [name.decode() if isinstance(name, bytes) else str(name) for name in data["station"].values]
        assert names == ["dt01-c01.d2", "dt01-c02.d6", "dt01-c02.met"]
        assert data["rowSize"].values.tolist() == [5, 5, 5]
        assert data["lat"].values[:2] == pytest.approx([27.81, 27.8])
        assert data["depth"].values[:2].tolist() == [2.0, 6.0]
        assert np.isnan(data["depth"].values[2])
        assert data["do_mg_l"].values[:5].tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
        assert data["water_temp_c"].values[0] == 18.25
        assert np.isnan(data["water_temp_c"].values[1])
        assert data["water_temp_c_qc"].values[:3].tolist() == [3, 9, 9]
        assert data["time"].values[0] == np.datetime64("2026-11-23T12:00:00")
        assert data["do_mg_l"].attrs["standard_name"] == "mass_concentration_of_oxygen_in_sea_water"
        assert data["do_mg_l"].attrs["units"] == "mg L-1"


def test_export_positions_netcdf_is_ragged_trajectory(filled: str, tmp_path: Path) -> None:
    (written,) = export_positions(filled, WHOLE, tmp_path, [Format.NETCDF])
    with xr.open_dataset(tmp_path / written.path) as data:
        assert data.attrs["featureType"] == "trajectory"
        assert data["rowSize"].values.tolist() == [3, 1]
        assert data["lat"].values[:3] == pytest.approx([27.8, 27.81, 27.82])
        assert data["sog"].values[0] == pytest.approx(5 * 1852 / 3600)
        assert np.isnan(data["sog"].values[1])


def test_export_csv_has_bom_and_parquet_the_same_rows(filled: str, tmp_path: Path) -> None:
    table, parquet = export_readings(filled, WHOLE, tmp_path, [Format.CSV, Format.PARQUET])
    raw = (tmp_path / table.path).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert len(rows) == table.rows == 17
    assert rows[0] == {
        "cage_id": "dt01-c01", "point": "d2", "quantity": "do_mg_l", "observed_at": "2026-11-23T12:00:00Z",
        "value": "0.5", "qc": "1",
    }  # fmt: skip
    stored = pq.read_table(tmp_path / parquet.path).to_pylist()
    assert [row["qc"] for row in stored] == [int(row["qc"]) for row in rows]
    assert [row["value"] for row in stored if row["qc"] == 9] == [None]


def test_export_geojson_has_tracks_and_stations(filled: str, tmp_path: Path) -> None:
    (tracks,) = export_positions(filled, WHOLE, tmp_path, [Format.GEOJSON])
    line, point = json.loads((tmp_path / tracks.path).read_text())["features"]
    assert (line["geometry"]["type"], len(line["geometry"]["coordinates"])) == ("LineString", 3)
    assert line["properties"]["coordTimes"][0] == "2026-11-23T12:00:00Z"
    assert point["geometry"] == {"type": "Point", "coordinates": [121.2, 27.8]}
    (stations,) = export_readings(filled, WHOLE, tmp_path, [Format.GEOJSON])
    first = json.loads((tmp_path / stations.path).read_text())["features"][0]
    assert first["properties"]["readings"]["do_mg_l"]["value"] == 4.5


def test_export_describes_every_file_in_datapackage(filled: str, tmp_path: Path) -> None:
    written = export_readings(filled, WHOLE, tmp_path, [Format.CSV, Format.NETCDF])
    written += export_positions(filled, WHOLE, tmp_path, [Format.PARQUET])
    written += export_positions(filled, WHOLE, tmp_path, [Format.PARQUET])  # again: still one entry
    package = json.loads((tmp_path / "datapackage.json").read_text())
    resources = {resource["path"]: resource for resource in package["resources"]}
    assert set(resources) == {item.path for item in written}
    for item in written:
        content = (tmp_path / item.path).read_bytes()
        assert resources[item.path]["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resources[item.path]["bytes"] == len(content)
    fields = resources[written[0].path]["schema"]["fields"]
    assert [field["name"] for field in fields] == ["cage_id", "point", "quantity", "observed_at", "value", "qc"]


def test_export_of_nothing_is_refused_and_leaves_no_file(filled: str, tmp_path: Path) -> None:
    nothing = Selection(since=NOW - timedelta(days=9), until=NOW - timedelta(days=8))
    with pytest.raises(AppError, match="Nothing matches"):
        export_readings(filled, nothing, tmp_path / "out", [Format.CSV])
    assert not (tmp_path / "out").exists()


def test_export_command_writes_selected_cage(filled: str, tmp_path: Path) -> None:
    span = ["--since", "2026-11-23T20:00+08:00", "--until", "2026-11-24", "--dsn", filled, "--json"]
    done = CliRunner().invoke(app, ["readings", str(tmp_path), "--cage", "dt01-c01", "--format", "csv", *span])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)[0]["rows"] == 7
    wrong = CliRunner().invoke(app, ["readings", str(tmp_path), "--since", "yesterday", "--dsn", filled])
    assert "ISO 8601" in str(wrong.exception)


def test_export_knows_the_cf_name_or_unit_of_every_quantity() -> None:
    assert set(export_netcdf.STANDARD) == set(QUANTITIES)


@pytest.mark.parametrize("export", [export_readings, export_positions], ids=["readings", "positions"])
def test_export_netcdf_passes_the_cf_checker(export, filled: str, tmp_path: Path) -> None:
    (written,) = export(filled, WHOLE, tmp_path, [Format.NETCDF])
    report = tmp_path / "report.json"
    checker = Path(sys.executable).with_name("compliance-checker")
    subprocess.run(
        [checker, "--test=cf:1.11", "--format=json", f"--output={report}", tmp_path / written.path],
        check=True, capture_output=True, timeout=100,
    )  # fmt: skip
    found = json.loads(report.read_text())["cf:1.11"]
    assert [finding for priority in found["all_priorities"] for finding in priority["msgs"]] == []
