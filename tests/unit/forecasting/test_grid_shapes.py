"""Gridded files of every make: axes in any order and form, names of agencies, fill values, and content that harms."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecasting.grids.nwp import Box, GridError, GridRun, read_run
from forecasting.grids.nwp_names import SHORT_NAMES, STANDARD_NAMES
from services.grid_files import load_run, open_grid, read_file, save_run

OURS = Box(south_deg=27.0, west_deg=120.5, north_deg=28.5, east_deg=122.0)
INIT = datetime(2026, 8, 20, tzinfo=UTC)
STEPS = np.arange(0, 25, 6)


def plain(**variables: Any) -> xr.Dataset:
    """Waves of 1 m plus latitude's and longitude's hundredths, six-hourly on half degrees by valid time."""
    lat, lon = np.arange(26.0, 30.1, 0.5), np.arange(119.0, 125.1, 0.5)
    hs = 1 + 0.01 * (lat[:, None] - 26) + 0.001 * (lon[None, :] - 119) + 0.1 * np.arange(len(STEPS))[:, None, None]
    times = np.datetime64("2026-08-20T00", "ns") + STEPS * np.timedelta64(1, "h")
    dims = ("time", "lat", "lon")
    data = {"hs": (dims, hs)} | {name: (dims, np.broadcast_to(value, hs.shape)) for name, value in variables.items()}
    return xr.Dataset(data, coords={"time": times, "lat": lat, "lon": lon})


def same(one: GridRun, two: GridRun) -> bool:
    return (
        one.init_at == two.init_at
        and all(np.allclose(getattr(one, a), getattr(two, a)) for a in ("lat_deg", "lon_deg", "lead_h"))
        and np.allclose(one.values["hs_m"], two.values["hs_m"])
    )


def as_steps(data: xr.Dataset) -> xr.Dataset:
    steps = STEPS.astype("timedelta64[h]").astype("timedelta64[ns]")
    return (
        data.assign_coords(time=steps).rename(time="step").assign_coords(time=np.datetime64(INIT.replace(tzinfo=None)))
    )


def as_inits(data: xr.Dataset) -> xr.Dataset:
    """Three initial times, the newest in the middle of the file."""
    late = [as_steps(data * share).assign_coords(time=np.datetime64(f"2026-08-{day}", "ns"))
            for share, day in ((0.5, 18), (1.0, 20), (0.7, 19))]  # fmt: skip
    return xr.concat(late, dim="time")


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("latitudes from north to south", lambda d: d.isel(lat=slice(None, None, -1))),
        ("longitudes 0 to 360 from the Pacific on", lambda d: d.isel(lon=slice(None, None, -1))),
        ("longitudes below zero", lambda d: d.assign_coords(lon=d.lon - 360)),
        ("axes in another order", lambda d: d.transpose("lon", "time", "lat")),
        ("a meridian twice", lambda d: xr.concat([d, d.isel(lon=[0]).assign_coords(lon=[479.0])], dim="lon")),
        ("times in any order", lambda d: d.isel(time=[3, 0, 4, 1, 2])),
        ("a time twice", lambda d: d.isel(time=[0, 1, 2, 2, 3, 4])),
        ("names of axes in capitals", lambda d: d.rename(lat="LATITUDE", lon="LONGITUDE", time="TIME")),
        ("axes told by standard name", lambda d: d.rename(lat="j", lon="i").assign_coords(
            j=("j", d.lat.values, {"standard_name": "latitude"}),
            i=("i", d.lon.values, {"standard_name": "longitude"}))),
        ("steps and an initial time", as_steps),
        ("several initial times", as_inits),
        ("steps as hours", lambda d: as_steps(d).assign_coords(step=("step", STEPS, {"units": "hours"}))),
        ("steps as seconds", lambda d: as_steps(d).assign_coords(step=("step", STEPS * 3600.0, {"units": "s"}))),
        ("a depth", lambda d: xr.concat([d, d * 9], dim=pd.Index([0.5, 50.0], name="depth"))),
        ("a made-up dimension", lambda d: d.expand_dims(expver=[1])),
        ("an unusual calendar", lambda d: d.assign_coords(time=xr.date_range(
            "2026-08-20", periods=5, freq="6h", calendar="noleap", use_cftime=True))),
        ("centimetres", lambda d: (d * 100).assign(hs=(d * 100).hs.assign_attrs(units="cm"))),
    ],
)  # fmt: skip
def test_file_of_another_make_reads_the_same(case: str, change: Callable[[xr.Dataset], xr.Dataset]) -> None:
    assert same(read_run(change(plain()), OURS), read_run(plain(), OURS)), case


def test_date_line_and_the_southern_hemisphere_are_read_in_order() -> None:
    lat, lon = np.arange(-20.0, -9.0), np.array([175.0, 177, 179, 181, 183, 185])
    data = xr.Dataset({"swh": (("lat", "lon"), np.add.outer(lat, lon))}, coords={"lat": lat, "lon": lon})
    data = data.expand_dims(time=[np.datetime64("2026-01-01", "ns")]) / 10
    run = read_run(data, Box(south_deg=-15, west_deg=176, north_deg=-12, east_deg=179.5))
    assert run.lon_deg.tolist() == [175.0, 177.0, 179.0]
    assert (np.diff(run.lat_deg) > 0).all()
    assert run.values["hs_m"][0, 0, 0, 0] == pytest.approx((run.lat_deg[0] + run.lon_deg[0]) / 10)


@pytest.mark.parametrize(
    ("agency", "names"),
    [
        ("ECMWF by cfgrib", ("swh", "pp1d", "mwp", "mwd", "u10", "v10", "msl", "sst")),
        ("ECMWF raw", ("swh", "10u", "10v")),
        ("Copernicus Marine", ("VHM0", "VTPK", "VTM10", "VMDR", "uo", "vo", "thetao", "so")),
        ("GFS by NOMADS", ("htsgwsfc", "perpwsfc", "dirpwsfc", "ugrd10m", "vgrd10m")),
        ("GFS by wgrib2", ("HTSGW", "PERPW", "DIRPW", "UGRD_10maboveground", "VGRD_10maboveground", "PRMSL")),
        ("GFS by THREDDS", ("Significant_height_of_combined_wind_waves_and_swell_surface",
                            "u-component_of_wind_height_above_ground", "Pressure_reduced_to_MSL_msl")),
        ("WAVEWATCH III", ("hs", "t02", "t0m1", "uwnd", "vwnd")),
    ],
)  # fmt: skip
def test_names_of_agencies_are_known(agency: str, names: tuple[str, ...]) -> None:
    assert [name for name in names if name.lower() not in SHORT_NAMES] == [], agency


def test_every_name_is_of_a_quantity_with_bounds() -> None:
    known = {"wind_east", "wind_north", "current_east", "current_north"}
    assert all(read_run(plain(x=5.0).rename(x=name), OURS) for name in SHORT_NAMES if name != "hs")
    assert known < set(STANDARD_NAMES.values())


def test_standard_name_goes_before_the_short_one() -> None:
    data = plain(tp=7.0, x=5.0)
    data["x"].attrs["standard_name"] = "sea_surface_wave_period_at_variance_spectral_density_maximum"
    data["tp"].attrs["standard_name"] = "precipitation_amount"
    assert float(read_run(data.drop_vars("tp"), OURS).values["tp_s"][0, 0, 0, 0]) == 5.0


def test_variable_on_another_axis_of_time_is_left_out() -> None:
    data = plain()
    means = data[["hs"]].rename(hs="sst", time="time1")
    assert set(read_run(xr.merge([data, means]), OURS).values) == {"hs_m"}


def test_file_described_in_chinese_words_alone_is_read() -> None:
    data = plain(a=3.0, b=-4.0).rename(hs="c")
    for name, words in (("a", "10米纬向风"), ("b", "10米经向风"), ("c", "有效波高")):
        data[name].attrs["long_name"] = words
    run = read_run(data, OURS)
    assert (run.values["wind_mps"] == 5.0).all()
    assert np.allclose(run.values["hs_m"], read_run(plain(), OURS).values["hs_m"])


def test_directions_towards_become_directions_from() -> None:
    data = plain(x=30.0, y=10.0)
    data["x"].attrs["standard_name"] = "sea_surface_wave_to_direction"
    data["y"].attrs |= {"standard_name": "wind_to_direction", "units": "degree"}
    run = read_run(data, OURS)
    assert (run.values["dp_deg"] == 210.0).all()
    assert (run.values["wind_dir_deg"] == 190.0).all()


@pytest.mark.parametrize("fill", [9999.0, -32767.0, 1e30, 9.96921e36, np.nan, np.inf, -np.inf])
def test_fill_value_that_a_file_did_not_declare_is_missing(fill: float) -> None:
    data = plain(u10=3.0, v10=4.0, mwd=np.array(fill), uo=np.array(fill), vo=1.0)
    hs, u10 = data["hs"].values.copy(), data["u10"].values.copy()
    hs[0], u10[0] = fill, fill
    run = read_run(data.assign(hs=(data.hs.dims, hs), u10=(data.hs.dims, u10)), OURS)
    for name in ("hs_m", "wind_mps", "wind_dir_deg"):
        assert np.isnan(run.values[name][:, 0]).all(), name
        assert np.isfinite(run.values[name][:, 1:]).all(), name
    assert run.missing == ("current_dir_deg", "current_mps", "dp_deg")


def test_wind_of_other_heights_and_pressures_is_no_wind_of_the_sea() -> None:
    data = plain()
    dims, shape = ("time", "z", "lat", "lon"), (5, 2, 9, 13)
    wind = np.broadcast_to(np.array([20.0, 5.0])[None, :, None, None], shape)
    high = (
        data.assign(u10=(dims, wind), v10=(dims, wind * 0)).rename(z="isobaric").assign_coords(isobaric=[850.0, 1000.0])
    )
    assert "wind_mps" not in read_run(high, OURS).values
    masts = data.assign(u10=(dims, wind), v10=(dims, wind * 0)).rename(z="height_above_ground")
    masts = masts.assign_coords(height_above_ground=[100.0, 10.0])
    assert (read_run(masts, OURS).values["wind_mps"] == 5.0).all()
    assert "wind_mps" not in read_run(masts.isel(height_above_ground=[0]), OURS).values


@pytest.mark.parametrize(
    ("case", "change", "words"),
    [
        ("no axes", lambda d: d.drop_vars(["lat", "lon"]).rename(lat="a", lon="b"), "no latitude and longitude"),
        ("a curved grid", lambda d: d.assign_coords(lat=(("lat2", "lon2"), np.ones((2, 2)))), "one-dimensional"),
        ("metres of a projection", lambda d: d.rename(lat="y", lon="x").assign_coords(y=d.lat.values * 1e5), "degrees"),
        ("holes in an axis", lambda d: d.assign_coords(lat=[np.nan, *d.lat.values[1:]]), "degrees"),
        ("words on an axis", lambda d: d.assign_coords(lat=[f"{v}N" for v in d.lat.values]), "no list of degrees"),
        ("no times", lambda d: d.isel(time=0, drop=True), "neither leads nor times"),
        ("times without calendar", lambda d: d.assign_coords(time=STEPS), "no calendar"),
        ("empty times", lambda d: d.assign_coords(time=[np.datetime64("NaT", "ns")] * 5), "no calendar"),
        ("words for steps", lambda d: as_steps(d).assign_coords(step=list("abcde")), "no leads"),
        ("steps without a start", lambda d: as_steps(d).drop_vars("time"), "--init"),
        ("steps of centuries", lambda d: as_steps(d).assign_coords(step=("step", STEPS + 1e7)), "six weeks"),
        ("nothing known", lambda d: d.rename(hs="salt_flux"), "no quantity that we know"),
        ("words for waves", lambda d: d.assign(hs=(d.hs.dims, np.full(d.hs.shape, "x"))), "no quantity that we know"),
        ("only fill", lambda d: d * np.nan, "no usable value"),
    ],
)
def test_file_that_cannot_be_used_is_refused_with_why(
    case: str, change: Callable[[xr.Dataset], xr.Dataset], words: str
) -> None:
    with pytest.raises(GridError, match=words):
        read_run(change(plain()), OURS)
    assert case


def test_initial_time_given_in_another_zone_is_the_same_instant() -> None:
    given = pd.Timestamp("2026-08-20T08:00+08:00").to_pydatetime()
    assert same(read_run(plain(), OURS, given), read_run(plain(), OURS))


@pytest.mark.parametrize("change", [as_steps, as_inits])
def test_file_of_another_cycle_than_its_address_says_is_refused(change: Callable[[xr.Dataset], xr.Dataset]) -> None:
    data = change(plain())
    assert same(read_run(data, OURS, INIT), read_run(plain(), OURS))
    with pytest.raises(GridError, match="begins at 2026-08-20 00:00Z, not at 2026-08-20 06:00Z"):
        read_run(data, OURS, INIT.replace(hour=6))


def test_file_that_declares_more_than_any_memory_is_refused_unread(tmp_path: Path) -> None:
    import netCDF4  # noqa: PLC0415

    path = tmp_path / "bomb.nc"
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("time", 900), ("lat", 900_000), ("lon", 900_000)):
            file.createDimension(name, size)
            axis = file.createVariable(name, "f4", (name,), zlib=True)
            axis[:] = np.linspace(0, 80, size)
            axis.units = "hours since 2026-08-20" if name == "time" else "degrees"
        file.createVariable("hs", "f4", ("time", "lat", "lon"), chunksizes=(1, 100, 100), zlib=True)
    assert path.stat().st_size < 5_000_000
    with pytest.raises(GridError, match="coarser"):
        read_file(path, Box(south_deg=20, west_deg=20, north_deg=60, east_deg=60))


@pytest.mark.parametrize("cut", [0, 100, 1000, 9000])
@pytest.mark.parametrize("form", ["NETCDF4", "NETCDF3_64BIT"])
def test_file_cut_off_or_scrambled_is_refused_or_read(form: Any, cut: int, tmp_path: Path) -> None:
    path = tmp_path / "run.nc"
    plain().to_netcdf(path, format=form)
    raw = bytearray(path.read_bytes())
    random = np.random.default_rng(cut)
    for trial in range(8):
        changed = raw[:cut] if trial == 0 else bytearray(raw)
        for place in random.integers(0, max(1, len(changed)), 5 * trial):
            changed[place] = int(random.integers(256))
        path.write_bytes(changed)
        try:
            assert read_file(path, OURS).values
        except GridError as exc:
            assert str(exc)


def test_zarr_with_damaged_parts_is_refused_or_read(tmp_path: Path) -> None:
    path = tmp_path / "run.zarr"
    plain().to_zarr(path, consolidated=False)
    assert same(read_file(path, OURS), read_run(plain(), OURS))
    for part in sorted(p for p in path.rglob("*") if p.is_file()):
        whole = part.read_bytes()
        for damaged in (b"", b"{}", b"[1, 2", b"\xd6\xd0\xb9\xfa", whole[: len(whole) // 2], b"\x00" * len(whole)):
            part.write_bytes(damaged)
            try:
                assert read_file(path, OURS).values
            except GridError as exc:
                assert "run.zarr" in str(exc) or "file" in str(exc)
        part.write_bytes(whole)


def test_run_kept_as_plain_arrays_comes_back_whole(tmp_path: Path) -> None:
    run = read_run(plain(u10=3.0, v10=4.0, mwd=np.array(np.nan)), OURS)
    save_run(run, tmp_path / "run.npz")
    again = load_run(tmp_path / "run.npz")
    assert same(run, again)
    assert (again.missing, set(again.values)) == (run.missing, set(run.values))


def test_folder_that_is_no_zarr_and_file_that_is_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zarr").mkdir()
    with pytest.raises(GridError, match=r"a\.zarr"):
        read_file(tmp_path / "a.zarr", OURS)
    with pytest.raises(GridError, match="no such file"), open_grid(tmp_path / "b.nc"):
        pass
