"""Waves and wind where there is no buoy: at a point, over a zone, under a storm that no grid covers."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely

from forecasting.grids.fields import SPREAD, SeaField
from forecasting.position import PlaceForecast, place_forecasts, points_of
from forecasting.storms.tracks import Track, TrackPoint
from services.cli.grid_place import show_place

AT = datetime(2026, 8, 20, 6, 20, tzinfo=UTC)
HERE = np.array([27.8]), np.array([121.2])


def field(init_at: datetime = AT, leads: int = 97, spread: float | None = None) -> SeaField:
    """Waves of 1 m in the west rising to 3 m in the east, wind of 8 m/s, the same at every lead."""
    lat, lon, lead = np.array([27.0, 28.5]), np.array([120.5, 122.5]), np.arange(0.0, leads)
    hs = np.broadcast_to(np.array([1.0, 3.0]), (leads, 2, 2)).copy()
    values = {"hs_m": hs, "wind_mps": np.full((leads, 2, 2), 8.0)}
    if spread is not None:
        values["hs_m" + SPREAD] = np.full((leads, 2, 2), spread)
    return SeaField(source="ecmwf", init_at=init_at, lat_deg=lat, lon_deg=lon, lead_h=lead, values=values)


def storm(closest_after_h: float = 24.0) -> Track:
    points = tuple(
        TrackPoint(
            at=AT + timedelta(hours=h - 6), lat_deg=27.8 + (h - 6 - closest_after_h) * 0.12,
            lon_deg=121.2 - (h - 6 - closest_after_h) * 0.12, wind_mps=45.0, pressure_hpa=950.0, rmw_km=40.0,
        )
        for h in range(0, 97, 6)
    )  # fmt: skip
    return Track(storm_id="2609", source="t", issued_at=AT, kind="forecast", points=points, name_en="TRIAL")


def by_quantity(made: list[PlaceForecast]) -> dict[str, PlaceForecast]:
    return {one.quantity: one for one in made}


def test_point_is_told_by_the_grid_to_the_end_of_the_run_with_an_honest_width() -> None:
    made = by_quantity(place_forecasts(field(), [], *HERE, AT))
    assert set(made) == {"hs_m", "wind_mps"}
    waves = made["hs_m"]
    assert waves.first == AT.replace(minute=0)
    assert 90 <= waves.predictive.horizon <= 97
    low, middle, high = waves.predictive.quantiles([0.1, 0.5, 0.9])[20]
    assert middle == pytest.approx(1.7 / 0.92, rel=0.05)  # published: models are some 8 % low
    assert low < 0.75 * middle < 1.3 * middle < high
    assert waves.sources == ("ecmwf",)
    assert "buoy" in waves.notice_en


def test_zone_is_told_by_its_worst_point_hour_by_hour() -> None:
    zone = shapely.box(120.6, 27.2, 122.4, 28.4)
    lat, lon = points_of(zone)
    assert 40 <= len(lat) <= 90
    assert shapely.contains_xy(zone, lon, lat).sum() >= len(lat) - 10
    there = by_quantity(place_forecasts(field(), [], lat, lon, AT))["hs_m"]
    here = by_quantity(place_forecasts(field(), [], *HERE, AT))["hs_m"]
    assert (there.predictive.quantiles([0.5]) > 1.3 * here.predictive.quantiles([0.5])).all()


@pytest.mark.parametrize(
    "area",
    [shapely.Point(121.2, 27.8).buffer(0.001), shapely.LineString([(121, 27), (121.5, 28)]), shapely.box(0, 0, 90, 60)],
)
def test_any_zone_has_a_few_points(area: shapely.Geometry) -> None:
    lat, lon = points_of(area)
    assert 1 <= len(lat) == len(lon) <= 90


def test_members_that_differ_widen_what_is_told_of_a_place() -> None:
    sure, unsure = (
        by_quantity(place_forecasts(field(spread=s), [], *HERE, AT))["hs_m"].predictive for s in (0.01, 0.9)
    )
    assert np.ptp(unsure.table, axis=0)[10] > 2 * np.ptp(sure.table, axis=0)[10]


def test_storm_speaks_only_where_no_grid_does_and_never_of_calm() -> None:
    far = np.array([27.8]), np.array([124.5])
    assert place_forecasts(None, [], *HERE, AT) == []
    alone = by_quantity(place_forecasts(None, [storm()], *HERE, AT))
    assert alone["wind_mps"].predictive.quantiles([0.9])[23] > 25.0
    assert "TRIAL" in alone["hs_m"].notice_en
    assert by_quantity(place_forecasts(field(), [storm()], *HERE, AT))["wind_mps"].sources == ("ecmwf",)
    assert by_quantity(place_forecasts(field(), [storm()], *far, AT))["wind_mps"].sources == ("track 2609",)
    assert place_forecasts(None, [storm()], np.array([5.0]), np.array([121.0]), AT) == []
    assert place_forecasts(None, [storm()], *HERE, AT + timedelta(days=9)) == []


def test_old_or_short_run_says_so_or_nothing() -> None:
    old = by_quantity(place_forecasts(field(AT - timedelta(hours=30)), [], *HERE, AT))["hs_m"]
    assert "30 h old" in old.notice_en
    assert place_forecasts(field(AT - timedelta(hours=95)), [], *HERE, AT) == []


def test_table_of_a_place_says_quantity_unit_and_what_it_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    show_place(place_forecasts(field(), [], *HERE, AT), as_json=False)
    shown = capsys.readouterr().out
    for words in ("浪高 Hs, m", "风速 wind, m/s", "08-20 06:00", "ecmwf", "无本地实测订正"):
        assert words in shown
