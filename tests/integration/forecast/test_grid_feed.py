"""Gridded forecasts through the loop: a watched folder of simulated runs, a real file, lateness told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import shapely

from core.errors import ConfigError
from core.position import Position, PositionSource
from firmware_sim import nwp
from firmware_sim.sea import Sea
from forecasting.grids.nwp import GridError
from services.cli.grid_place import Asked, forecast_at, leads_of
from services.forecast import ForecastMemory, forecast_once
from services.grid_feeds import template_urls
from services.grids import FolderWatch, import_grid, lateness, load_grid_rules, watch_folder
from store.places import Cage
from store.store import Store
from tests.integration.forecast.test_forecast_loop import AT, RULES, fill
from vessels.zones import Zone

BALTIC = Path(__file__).parents[2] / "data" / "grids" / "wrt_reduced_testdata_weather.nc"


def simulated_run(folder: Path, at: datetime) -> Path:
    sea = Sea("calm", 1, at)
    return nwp.write_run(sea, folder, nwp.newest_init(at.timestamp()))


async def test_watched_folder_feeds_waves_to_five_days(store: Store, tmp_path: Path) -> None:
    await fill(store, AT)
    simulated_run(tmp_path, AT)
    (tmp_path / "broken.nc").write_bytes(b"not a grid")
    memory = ForecastMemory()
    report = await forecast_once(store, RULES, AT, memory, grid_folder=tmp_path)
    assert report.grids_taken == 1
    assert len(report.grid_problems) == 1
    assert "broken.nc" in report.grid_problems[0]
    waves = next(r for r in await store.forecasts.latest_runs(AT) if r.quantity == "hs_m")
    assert waves.horizon_h > 96
    assert waves.weights["grid_24h"] > 0.9
    again = await forecast_once(store, RULES, AT + timedelta(hours=1), memory, grid_folder=tmp_path)
    assert (again.grids_taken, again.grid_problems) == (0, ())


async def test_sea_field_of_the_newest_run_is_there_for_judges(store: Store, tmp_path: Path) -> None:
    await import_grid(store, simulated_run(tmp_path, AT), load_grid_rules(RULES), AT)
    field = await store.forecasts.sea_field(AT)
    assert field is not None
    there = field.at(27.8, 121.2, [AT, AT + timedelta(hours=24)])
    assert 0 < there["hs_m"][1] < 10
    assert 0 <= there["wind_dir_deg"][0] < 360
    assert await store.forecasts.sea_field(AT + timedelta(days=4)) is None


async def test_run_that_stops_coming_is_told_in_the_forecast(store: Store, tmp_path: Path) -> None:
    await fill(store, AT)
    await import_grid(store, simulated_run(tmp_path, AT - timedelta(hours=30)), load_grid_rules(RULES), AT)
    await forecast_once(store, RULES, AT, ForecastMemory())
    waves = next(r for r in await store.forecasts.latest_runs(AT) if r.quantity == "hs_m")
    oxygen = next(r for r in await store.forecasts.latest_runs(AT) if r.place_id == "t-c01")
    assert waves.status == "degraded"
    assert "数值预报" in waves.notice_zh
    assert oxygen.status == "ok"


async def test_place_that_the_grid_does_not_reach_says_so(store: Store, tmp_path: Path) -> None:
    await fill(store, AT)
    await import_grid(store, simulated_run(tmp_path, AT), load_grid_rules(RULES), AT)
    await store.places.save_cage(Cage(cage_id="t-p01", farm_id="t", name_zh="外海", lat_deg=35.0, lon_deg=125.0))
    await forecast_once(store, RULES, AT, ForecastMemory())
    waves = next(r for r in await store.forecasts.latest_runs(AT) if r.quantity == "hs_m")
    assert (waves.status, waves.weights) == ("degraded", {})
    assert "没有到达本站" in waves.notice_zh


async def test_folder_that_cannot_be_read_is_told_and_stops_nothing(store: Store, tmp_path: Path) -> None:
    rules, watch = load_grid_rules(RULES), FolderWatch()
    assert "check [forecast]" in (await watch_folder(store, tmp_path / "absent", rules, AT, watch))[1][0]
    (tmp_path / "gone.nc").symlink_to(tmp_path / "taken-away-meanwhile")
    simulated_run(tmp_path, AT)
    taken, problems = await watch_folder(store, tmp_path, rules, AT, watch)
    assert (taken, len(problems)) == (1, 1)
    assert "gone.nc" in problems[0]


async def test_real_file_of_another_sea_is_refused(store: Store) -> None:
    with pytest.raises(GridError, match="sea area"):
        await import_grid(store, BALTIC, load_grid_rules(RULES), AT)


def test_template_names_the_newest_cycles_first() -> None:
    urls = template_urls("https://host/{init:%Y%m%d%H}/sea.nc", datetime(2026, 8, 20, 7, 5, tzinfo=UTC), cycles=2)
    assert [url for _, url in urls] == ["https://host/2026082006/sea.nc", "https://host/2026082000/sea.nc"]


def test_no_run_at_all_is_told() -> None:
    assert "数值预报" in lateness([], load_grid_rules(RULES), AT)[0]


async def test_zone_boat_and_point_are_told_by_the_grid_and_what_is_not_there_is_refused(
    store: Store, tmp_path: Path
) -> None:
    await import_grid(store, simulated_run(tmp_path, AT), load_grid_rules(RULES), AT)
    lane = shapely.LineString([(121.1, 27.5), (121.6, 28.0)])
    await store.zones.save(
        [Zone(zone_id="lane", name_zh="航路", purpose="fairway", geometry=lane, source="t", version="1")]
    )
    fix = Position(mmsi=412300001, observed_at=AT, lat_deg=27.8, lon_deg=121.3, source=PositionSource.AIS_A)
    await store.positions.add([fix], AT)
    point = await forecast_at(store, RULES, AT, Asked(lat_deg=27.8, lon_deg=121.3))
    zone = await forecast_at(store, RULES, AT, Asked(zone="lane"))
    boat = await forecast_at(store, RULES, AT, Asked(mmsi=412300001))
    assert [one.quantity for one in zone] == ["hs_m", "wind_mps"]
    assert leads_of(boat[0]) == leads_of(point[0])
    assert len(leads_of(point[0])) > 96
    assert all(row["q10"] < row["q50"] < row["q90"] for one in (*zone, *point) for row in leads_of(one))
    for asked, words in ((Asked(zone="none"), "no such zone"), (Asked(mmsi=412300009), "no position")):
        with pytest.raises(ConfigError, match=words):
            await forecast_at(store, RULES, AT, asked)
