"""Forecast grids: CF names, whole files, errors that grow with lead."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from firmware_sim import nwp
from firmware_sim.sea import Sea

ANCHOR = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def test_run_file_carries_cf_names_units_and_times(tmp_path: Path) -> None:
    sea = Sea("typhoon", 1, ANCHOR)
    init = nwp.newest_init(sea.anchor_s)
    path = nwp.write_run(sea, tmp_path, init)
    assert [p.name for p in tmp_path.iterdir()] == ["huangyu-sim_20261123T0000.nc"]
    with xr.open_dataset(path) as data:
        assert dict(data.sizes) == {"realization": 5, "step": 41, "latitude": 11, "longitude": 13}
        standard = {
            name: variable.attrs["standard_name"] for name, variable in data.data_vars.items() if variable.ndim == 4
        }
        assert standard["swh"] == "sea_surface_wave_significant_height"
        assert standard["u10"] == "eastward_wind"
        assert data["swh"].attrs["units"] == "m"
        assert data["forecast_reference_time"].values == np.datetime64("2026-11-23T00:00:00")
        assert data["time"].values[-1] == np.datetime64("2026-11-28T00:00:00")
        assert np.isfinite(data["swh"].values).all()
        assert data["swh"].max() > 6.0


def test_newest_run_is_out_some_hours_after_its_start() -> None:
    six = datetime(2026, 11, 23, 6, 0, tzinfo=UTC).timestamp()
    assert nwp.newest_init(six + 3.4 * 3600) == six - 6 * 3600
    assert nwp.newest_init(six + 3.6 * 3600) == six


def test_wind_error_of_many_runs_grows_with_lead_to_about_two_metres() -> None:
    sea = Sea("calm", 4, ANCHOR)
    lat, lon = nwp.LATS[None, :, None], nwp.LONS[None, None, :]
    squares = []
    for run in range(24):
        init = nwp.newest_init(sea.anchor_s) - run * nwp.CYCLE_S
        fields = nwp.member_fields(sea, init, 1)
        east, north, _ = sea.wind_vector(lat, lon, init + nwp.LEADS_H[:, None, None] * 3600.0)
        squares.append((np.hypot(fields["u10"], fields["v10"]) - np.hypot(east, north)) ** 2)
    rmse = np.sqrt(np.mean(squares, axis=(0, 2, 3)))
    assert rmse[nwp.LEADS_H == 24][0] == pytest.approx(1.6, abs=0.8)
    assert rmse[nwp.LEADS_H <= 6].mean() < 0.7 * rmse[nwp.LEADS_H >= 72].mean()


def test_storm_in_the_forecast_comes_late() -> None:
    sea = Sea("typhoon", 2, ANCHOR)
    init = nwp.newest_init(sea.anchor_s)
    true = sea.weather(27.75, 121.5, init + np.arange(0, 73.0) * 3600.0)["pressure_hpa"]
    late = []
    for member in range(nwp.MEMBERS):
        fields = nwp.member_fields(sea, init, member)
        row, column = np.argmin(abs(nwp.LATS - 27.75)), np.argmin(abs(nwp.LONS - 121.5))
        late.append(nwp.LEADS_H[np.argmin(fields["msl"][:, row, column])] - true.argmin())
    assert 0.0 < np.mean(late) < 10.0


def test_run_of_the_same_seed_is_the_same_and_of_another_member_differs() -> None:
    sea = Sea("calm", 4, ANCHOR)
    init = nwp.newest_init(sea.anchor_s)
    one, again, other = (nwp.member_fields(sea, init, m)["swh"] for m in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.allclose(one, other)


def test_past_runs_come_oldest_first(tmp_path: Path) -> None:
    paths = nwp.write_past_runs(Sea("calm", 1, ANCHOR), tmp_path, until_s=ANCHOR.timestamp(), days=1.0)
    assert [path.name for path in paths] == ["huangyu-sim_20261122T0000.nc", "huangyu-sim_20261122T1200.nc"]
