"""Feeds from afar on loopback: address template, bucket prefix with NetCDF, Zarr and GRIB; what goes wrong is told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from forecasting.grids.nwp import Box, GridError
from services.forecast import ForecastMemory, forecast_once
from services.grid_feeds import FeedError, FeedWatch, download, follow, source_of, template_urls
from services.grid_files import open_grid, read_file
from services.grids import load_grid_rules
from store.store import Store
from tests.integration.forecast.bucket import Objects, serve
from tests.integration.forecast.test_forecast_loop import AT, RULES, fill
from tests.integration.forecast.test_grid_feed import simulated_run

GRIDS = load_grid_rules(RULES)


@pytest.fixture
def objects() -> Objects:
    return {}


@pytest.fixture
def address(objects: Objects, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with serve(objects) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "t")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "t")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield url


async def test_template_takes_the_newest_cycle_that_is_out_and_then_waits(
    store: Store, objects: Objects, address: str, tmp_path: Path
) -> None:
    run = simulated_run(tmp_path, AT)
    objects["2026082000/sea.nc"] = run.read_bytes()
    template = f"{address}/{{init:%Y%m%d%H}}/sea.nc"
    assert await follow(store, template, GRIDS, AT, [], FeedWatch()) == (1, [])
    known = await store.forecasts.grid_runs(AT, timedelta(days=3))
    assert [(r.source, r.init_at.hour) for r in known] == [(source_of(template), 0)]
    assert await follow(store, template, GRIDS, AT, known, FeedWatch()) == (0, [])


async def test_feed_that_fails_is_told_in_the_report_and_in_the_forecast(
    store: Store, objects: Objects, address: str
) -> None:
    await fill(store, AT)
    objects["2026082006/sea.nc"] = b"not a grid"
    report = await forecast_once(store, RULES, AT, ForecastMemory(), grid_feed=f"{address}/{{init:%Y%m%d%H}}/sea.nc")
    assert (report.grids_taken, len(report.grid_problems)) == (0, 1)
    assert "sea.nc" in report.grid_problems[0]
    waves = next(r for r in await store.forecasts.latest_runs(AT) if r.quantity == "hs_m")
    assert waves.status == "degraded"
    assert "数值预报" in waves.notice_zh


async def test_prefix_of_a_bucket_gives_netcdf_zarr_and_grib_once_each(
    store: Store, objects: Objects, address: str, tmp_path: Path
) -> None:
    run = simulated_run(tmp_path, AT)
    zarr = tmp_path / "late.zarr"
    with open_grid(run) as dataset:
        dataset.to_zarr(zarr, consolidated=False)
    write_grib(tmp_path / "europe.grib2")
    objects["sea/runs/early.nc"] = run.read_bytes()
    objects["sea/runs/europe.grib2"] = (tmp_path / "europe.grib2").read_bytes()
    objects["sea/runs/bad.nc"] = b"not a grid"
    objects["sea/runs/readme.txt"] = b"no grid at all"
    for part in zarr.rglob("*"):
        if part.is_file():
            objects[f"sea/runs/late.zarr/{part.relative_to(zarr).as_posix()}"] = part.read_bytes()
    watch = FeedWatch()
    taken, problems = await follow(store, "s3://sea/runs/", GRIDS, AT, [], watch)
    assert taken == 3
    assert [("bad.nc" in p) for p in problems] == [True]
    assert await follow(store, "s3://sea/runs/", GRIDS, AT, [], watch) == (0, [])
    field = await store.forecasts.sea_field(AT)
    assert field is not None
    assert field.at(27.8, 121.2, [AT])["hs_m"][0] > 0


@pytest.mark.parametrize(
    ("case", "feed", "words"),
    [
        ("nobody listens", "http://127.0.0.1:1/{init:%Y%m%d%H}.nc", "cannot be reached"),
        ("unknown field", "http://127.0.0.1:1/{start:%Y}-{init:%H}.nc", "not a template"),
        ("no such scheme", "nosuch://bucket/folder/", "nosuch"),
        ("empty prefix", "s3://sea/nothing/", "nothing is there"),
    ],
)
async def test_feed_that_cannot_be_read_says_what_to_do(
    case: str, feed: str, words: str, store: Store, address: str
) -> None:
    taken, problems = await follow(store, feed, GRIDS, AT, [], FeedWatch())
    assert (taken, len(problems)) == (0, 1), case
    assert words in problems[0]


async def test_folder_of_objects_cannot_write_outside_its_place_and_is_taken_once_whole(
    store: Store, objects: Objects, address: str, tmp_path: Path
) -> None:
    zarr = tmp_path / "run.zarr"
    with open_grid(simulated_run(tmp_path, AT)) as dataset:
        dataset.to_zarr(zarr, consolidated=False)
    parts = {f"sea/z/run.zarr/{p.relative_to(zarr).as_posix()}": p.read_bytes() for p in zarr.rglob("*") if p.is_file()}
    objects |= {"sea/z/run.zarr/zarr.json": parts["sea/z/run.zarr/zarr.json"]}
    objects["sea/z/run.zarr/../../escaped.nc"] = b"x"
    watch = FeedWatch()
    taken, problems = await follow(store, "s3://sea/z/", GRIDS, AT, [], watch)
    assert (taken, len(problems)) == (0, 1)
    assert "'..'" in problems[0]
    del objects["sea/z/run.zarr/../../escaped.nc"]
    objects |= parts
    assert await follow(store, "s3://sea/z/", GRIDS, AT, [], watch) == (1, [])


async def test_feed_that_drips_is_given_up(store: Store, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.grid_feeds.FOLLOW_S", 0.0)
    taken, problems = await follow(store, "http://127.0.0.1:1/{init:%Y%m%d%H}.nc", GRIDS, AT, [], FeedWatch())
    assert (taken, "took over 0 s" in problems[0]) == (0, True)


async def test_refusing_server_is_no_missing_run(tmp_path: Path) -> None:
    with serve({"there": b"x"}) as url:
        assert await download(f"{url}/there", tmp_path / "a")
        assert not await download(f"{url}/missing", tmp_path / "b")


def test_template_with_a_bad_field_is_refused() -> None:
    with pytest.raises(FeedError, match="template"):
        template_urls("https://host/{init:%Y}/{0}", AT)


def test_grib_joins_waves_at_the_surface_and_wind_at_ten_metres(tmp_path: Path) -> None:
    write_grib(tmp_path / "a.grib2")
    run = read_file(tmp_path / "a.grib2", Box(south_deg=27, west_deg=120, north_deg=29, east_deg=123))
    assert run.init_at == AT.replace(hour=0, minute=0)
    assert run.lead_h.tolist() == [0, 6, 12]
    assert float(run.values["hs_m"][0, 1, 0, 0]) == pytest.approx(1.56, abs=1e-3)
    assert float(run.values["wind_mps"][0, 0, 0, 0]) == pytest.approx(5.0, abs=1e-3)
    assert [p.name for p in tmp_path.iterdir()] == ["a.grib2"]


@pytest.mark.parametrize(
    ("case", "change", "words"),
    [
        ("cut off", lambda raw: raw[:-20], "end of its last field is missing"),
        ("no grib", lambda raw: b"7777", r"a\.grib2"),
        # Grid and packing of a field made nonsense: what the library does then, up to its end, is no matter of ours.
        ("scrambled", lambda raw: raw[:100] + bytes(reversed(raw[100:160])) + raw[160:], "."),
    ],
)
def test_damaged_grib_is_refused_and_the_service_lives(case: str, change: Any, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.grib2"
    write_grib(path)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(GridError, match=words):
        read_file(path, Box(south_deg=27, west_deg=120, north_deg=29, east_deg=123))
    assert case


def write_grib(path: Path) -> None:
    """Waves, and wind at 10 m, every six hours on half degrees around Dongtou, written with ECMWF's own library."""
    import eccodes  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    place = {
        "dataDate": 20260820, "dataTime": 0, "stepUnits": 1, "Ni": 13, "Nj": 9,
        "latitudeOfFirstGridPointInDegrees": 30.0, "latitudeOfLastGridPointInDegrees": 26.0,
        "longitudeOfFirstGridPointInDegrees": 119.0, "longitudeOfLastGridPointInDegrees": 125.0,
        "iDirectionIncrementInDegrees": 0.5, "jDirectionIncrementInDegrees": 0.5,
    }  # fmt: skip
    with path.open("wb") as file:
        for name, first in (("swh", 1.5), ("mwd", 90.0), ("pp1d", 6.0), ("10u", 3.0), ("10v", 4.0)):
            for step in (0, 6, 12):
                message = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib2")
                for key, value in (place | {"endStep": step, "shortName": name}).items():
                    eccodes.codes_set(message, key, value)
                eccodes.codes_set_values(message, np.full(117, first + 0.01 * step * (name == "swh")))
                eccodes.codes_write(message, file)
                eccodes.codes_release(message)
