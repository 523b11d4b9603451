"""Gridded forecasts: real and made files, interpolation, correction by the buoy, hand-over; keeping of models."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from forecasting.api import paths
from forecasting.grids import mos
from forecasting.grids.fields import SeaField
from forecasting.grids.nwp import Box, GridError, read_run
from forecasting.model import keeping
from forecasting.model.engine import fit, predict
from forecasting.model.predictive import LEVELS, Predictive
from forecasting.series.history import read
from services.grid_files import open_grid
from services.grids import rows_of
from tests.unit.forecasting.test_api import tidal

BALTIC = Path(__file__).parents[2] / "data" / "grids" / "wrt_reduced_testdata_weather.nc"
OURS = Box(south_deg=26.5, west_deg=120.0, north_deg=29.0, east_deg=123.5)
INIT = datetime(2026, 8, 20, tzinfo=UTC)


def test_real_file_of_copernicus_and_gfs_is_read_at_the_surface() -> None:
    with open_grid(BALTIC) as raw:
        run = read_run(raw, Box(south_deg=54, west_deg=13, north_deg=55, east_deg=14))
        heights = raw["u-component_of_wind_height_above_ground"]["height_above_ground"]
        assert float(heights.sel(height_above_ground=10, method="nearest")) == 10
    assert run.init_at == datetime(2023, 7, 20, 10, tzinfo=UTC)
    assert {"hs_m", "tp_s", "dp_deg", "wind_mps", "wind_dir_deg", "current_mps", "water_temp_c"} <= set(run.values)
    assert run.lead_h.tolist() == list(range(0, 30, 3))
    assert 17 < float(np.nanmean(run.values["water_temp_c"])) < 21
    assert 990 < float(np.nanmean(run.values["pressure_hpa"])) < 1030


def test_file_of_another_sea_is_refused_with_its_area() -> None:
    with pytest.raises(GridError, match="does not meet our sea area"), open_grid(BALTIC) as raw:
        read_run(raw, OURS)


@pytest.mark.parametrize("raw", [b"", b"not a grid", b"\x89HDF\r\n\x1a\n" + bytes(200), b"CDF\x01" + bytes(40)])
def test_damaged_file_is_refused(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    path.write_bytes(raw)
    with pytest.raises(GridError, match=r"run\.nc|latitude"), open_grid(path) as dataset:
        read_run(dataset, OURS)


def ecmwf_like(members: int = 3) -> xr.Dataset:
    """An ECMWF-like file: descending latitudes, longitudes 0..360, members, Kelvin and Pascal."""
    lat, lon, step = np.arange(30.0, 25.9, -0.5), np.arange(119.0, 125.1, 0.5), np.arange(0, 73, 6)
    shape = (members, len(step), len(lat), len(lon))
    hs = 1.0 + 0.05 * step[None, :, None, None] + np.arange(members)[:, None, None, None] * np.ones(shape) * 0.1
    dims = ("number", "step", "latitude", "longitude")
    return xr.Dataset(
        {
            "swh": (dims, hs, {"units": "m"}),
            "u10": (dims, np.full(shape, 3.0), {"units": "m s**-1"}),
            "v10": (dims, np.full(shape, 4.0), {"units": "m s**-1"}),
            "msl": (dims, np.full(shape, 101_000.0), {"units": "Pa"}),
            "sst": (dims, np.full(shape, 300.15), {"units": "K"}),
        },
        coords={
            "number": np.arange(members), "step": step.astype("timedelta64[h]").astype("timedelta64[ns]"),
            "latitude": lat, "longitude": lon, "time": np.datetime64("2026-08-20T00:00", "ns"),
        },
    )  # fmt: skip


def test_ecmwf_names_units_and_axes_become_ours() -> None:
    run = read_run(ecmwf_like(), OURS)
    assert run.init_at == INIT
    assert (np.diff(run.lat_deg) > 0).all()
    assert run.values["hs_m"].shape == (3, 13, len(run.lat_deg), len(run.lon_deg))
    assert float(run.values["wind_mps"][0, 0, 0, 0]) == 5.0
    # Wind towards north-east comes from the south-west.
    assert float(run.values["wind_dir_deg"][0, 0, 0, 0]) == pytest.approx(216.87, abs=0.01)
    assert float(run.values["pressure_hpa"][0, 0, 0, 0]) == 1010.0
    assert float(run.values["water_temp_c"][0, 0, 0, 0]) == pytest.approx(27.0)


def field() -> SeaField:
    lead, lat, lon = np.array([0.0, 6.0]), np.array([27.0, 28.0]), np.array([121.0, 122.0])
    hs = np.array([[[1.0, 2.0], [3.0, 4.0]], [[2.0, 3.0], [4.0, np.nan]]])
    turning = np.broadcast_to(np.array([350.0, 10.0])[None, None, :], (2, 2, 2)).copy()
    return SeaField(
        source="t", init_at=INIT, lat_deg=lat, lon_deg=lon, lead_h=lead, values={"hs_m": hs, "wind_dir_deg": turning}
    )


def test_field_is_interpolated_in_place_and_time() -> None:
    there = field().at(27.5, 121.5, [INIT, INIT + timedelta(hours=3)])
    assert there["hs_m"][0] == 2.5
    # At three hours the corner without a value is left out: the mean of the seven others.
    assert there["hs_m"][1] == pytest.approx((1 + 2 + 3 + 4 + 2 + 3 + 4) / 7)


def test_directions_turn_the_short_way_round() -> None:
    assert field().at(27.5, 121.5, [INIT])["wind_dir_deg"][0] % 360 == pytest.approx(0.0, abs=1e-6)


def test_outside_the_grid_or_the_run_is_unknown() -> None:
    out = field().along(np.array([26.0, 27.5]), np.array([121.5, 121.5]), [INIT, INIT + timedelta(hours=7)])
    assert np.isnan(out["hs_m"]).all()


def test_hours_between_missing_steps_are_unknown_but_the_steps_themselves_are_not() -> None:
    data = field()
    holed = SeaField(**{**data.__dict__, "lead_h": np.array([0.0, 24.0])})
    there = holed.at(27.0, 121.0, [INIT + timedelta(hours=h) for h in (0, 1, 12, 24)])["hs_m"]
    assert np.isfinite(there).tolist() == [True, False, False, True]


def test_correction_learns_a_model_that_is_low_and_late() -> None:
    random = np.random.default_rng(4)
    truth = np.exp(0.5 + 0.5 * np.sin(2 * np.pi * (np.arange(60)[:, None] * 12 + np.arange(120)) / 50))
    late = np.roll(truth, 2, axis=1)
    forecast = 0.8 * late * np.exp(random.normal(0, 0.05, truth.shape))
    correction = mos.fit(forecast[:50], truth[:50], "wave")
    assert correction.early_h == 2
    ranks = np.tile(np.linspace(0.01, 0.99, 50, dtype=np.float32)[:, None], (1, 120))
    corrected = correction.apply(forecast[55], ranks).quantiles([0.5])[:, 0]
    raw = np.abs(forecast[55] - truth[55])[3:110].mean()
    assert np.abs(corrected - truth[55])[3:110].mean() < 0.4 * raw


def test_correction_without_pairs_believes_what_is_published() -> None:
    unknown = np.full((1, 48), np.nan)
    correction = mos.fit(unknown, unknown, "wave")
    ranks = np.full((10, 48), 0.5, dtype=np.float32)
    out = correction.apply(np.full(48, 2.0), ranks).quantiles([0.1, 0.5, 0.9])
    assert out[0, 1] == pytest.approx(2.0 / mos.PUBLISHED_LOW_SHARE, rel=0.01)
    assert (out[40, 2] - out[40, 0]) > (out[1, 2] - out[1, 0])


def test_old_run_is_corrected_by_its_own_lead() -> None:
    unknown = np.full((1, 120), np.nan)
    correction = mos.fit(unknown, unknown, "wave")
    ranks = np.full((10, 24), 0.5, dtype=np.float32)
    fresh, old = (correction.apply(np.full(24, 2.0), ranks, age_h=age) for age in (0, 36))
    late = correction.apply(np.full(60, 2.0), np.full((10, 60), 0.5, dtype=np.float32))
    assert np.allclose(old.table, late.table[:, 36:])
    assert (np.ptp(old.table, axis=0) > np.ptp(fresh.table, axis=0)).all()


def test_members_that_differ_widen_the_forecast_and_members_that_agree_do_not_narrow_it() -> None:
    unknown = np.full((1, 48), np.nan)
    correction = mos.fit(unknown, unknown, "wave")
    ranks, course = np.full((10, 48), 0.5, dtype=np.float32), np.full(48, 2.0)
    plain = correction.apply(course, ranks)
    agreeing = correction.apply(course, ranks, spread=np.full(48, 0.01))
    differing = correction.apply(course, ranks, spread=np.where(np.arange(48) < 24, 0.01, 0.9))
    assert np.allclose(agreeing.table, plain.table)
    assert np.allclose(differing.table[:, :24], plain.table[:, :24])
    low, high = differing.quantiles([0.1587, 0.8413])[40]
    assert np.log(high / low) / 2 == pytest.approx(0.9, rel=0.1)
    assert differing.quantiles([0.5])[40, 0] == pytest.approx(plain.quantiles([0.5])[40, 0])


def test_spread_of_an_ensemble_is_kept_beside_its_mean_and_a_single_run_has_none() -> None:
    dataset = ecmwf_like(members=6)
    apart = np.exp(np.linspace(-0.5, 0.5, 6))[:, None, None, None]
    dataset["swh"] = dataset["swh"].copy(data=np.full(dataset["swh"].shape, 2.0) * apart)
    rows = {row.quantity: row for row in rows_of(read_run(dataset, OURS))}
    assert rows["hs_m.spread"].values.mean() == pytest.approx(np.linspace(-0.5, 0.5, 6).std(), rel=0.02)
    assert float(rows["wind_mps.spread"].values.max()) < 1e-6
    assert "hs_m.spread" not in {row.quantity for row in rows_of(read_run(ecmwf_like(members=1), OURS))}


def flat(level: float, leads: int) -> Predictive:
    table = np.tile(level + (LEVELS - 0.5)[:, None], (1, leads))
    return Predictive(kind="oxygen", table=table, ranks=np.full((10, leads), 0.5, dtype=np.float32))


def test_buoy_hands_over_to_the_grid_by_lead() -> None:
    both = mos.blend(flat(1.0, 48), flat(3.0, 120))
    middle = both.quantiles([0.5])[:, 0]
    assert len(middle) == 120
    assert middle[0] < 1.2
    assert middle[11] == pytest.approx(2.0)
    assert middle[40] == pytest.approx(3.0, abs=0.01)
    assert middle[100] == 3.0


def test_kept_model_forecasts_as_the_fitted_one_and_is_small() -> None:
    series = read(tidal(), 48, "oxygen")
    model = fit(series, "oxygen", 60, cases=300)
    raw = keeping.to_bytes(model)
    assert len(raw) <= 50_000
    again = predict(keeping.from_bytes(raw), series, 48).quantiles([0.1, 0.5, 0.9])
    assert np.abs(again - predict(model, series, 48).quantiles([0.1, 0.5, 0.9])).max() < 0.05


@pytest.mark.parametrize("cut", [0, 10, 1000])
def test_damaged_kept_model_is_a_state_error(cut: int) -> None:
    raw = keeping.to_bytes(fit(read(tidal(400), 24, "oxygen"), "oxygen", 24, cases=50))
    with pytest.raises(keeping.StateError):
        keeping.from_bytes(raw[:cut])


def test_eighty_percent_of_paths_lie_in_the_eighty_percent_interval() -> None:
    out = paths(tidal().iloc[:900], 24, 200, "oxygen")
    low, high = np.quantile(out, [0.1, 0.9], axis=0)
    assert ((out >= low) & (out <= high)).mean() == pytest.approx(0.8, abs=0.02)
