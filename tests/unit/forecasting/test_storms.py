"""Storm tracks as agencies send them, the parametric typhoon, and what it brings to one place."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.storms import Track, TrackError, TrackPoint, read_tracks
from forecasting.typhoon import arrival_risk, ensemble, fetch_limited, holland, local_storm, track_error_km

DATA = Path(__file__).parents[2] / "data" / "tracks" / "ibtracs_wp_2019_2021_excerpt.csv"
START = datetime(2026, 8, 20, tzinfo=UTC)
ATCF = """\
WP, 11, 2026082000, 03, JTWC,   0, 240N, 1250E, 100,  935, TY,  34, NEQ,  200,  180,  160,  180, 1008,  250,  20, 120
WP, 11, 2026082000, 03, JTWC,  12, 258N, 1235E,  95,  940, TY,  34, NEQ,  200,  180,  160,  180, 1008,  250,  20, 120
WP, 11, 2026082000, 03, JTWC,  24, 276N, 1218E,  90,  945, TY,  34, NEQ,  180,  160,  140,  160, 1008,  250,  25, 115
WP, 11, 2026082000, 03, JTWC,  48, 310N, 1200E,  50,  980, TS,  34, NEQ,  120,  100,   80,  100, 1008,  250,  40,  65
"""


def straight(wind_mps: float = 45.0) -> Track:
    """A storm that moves north-west through 27.8 N 121.2 E at +24 h."""
    points = tuple(
        TrackPoint(
            at=START + timedelta(hours=h), lat_deg=27.8 + (h - 24) * 0.12, lon_deg=121.2 - (h - 24) * 0.12,
            wind_mps=wind_mps, pressure_hpa=945.0, rmw_km=40.0,
        )
        for h in range(0, 73, 6)
    )  # fmt: skip
    return Track(storm_id="T", source="test", issued_at=START, kind="forecast", points=points)


def hours(count: int) -> list[datetime]:
    return [START + timedelta(hours=h) for h in range(count)]


def test_best_track_csv_of_lekima_is_read_with_knots_as_metres_a_second() -> None:
    tracks = {t.storm_id: t for t in read_tracks(DATA.read_text(encoding="utf-8"), "csv", "ibtracs")}
    lekima = tracks["2019214N15134"]
    at = lekima.at(datetime(2019, 8, 9, 12, tzinfo=UTC))
    assert at is not None
    assert (at.lat_deg, at.lon_deg, at.pressure_hpa) == (27.5, 122.0, 940.0)
    assert at.wind_mps == pytest.approx(90 * 0.514444)
    assert lekima.kind == "best"


def test_lekima_brings_its_strongest_wind_to_dongtou_in_the_night_of_its_landfall() -> None:
    lekima = read_tracks(DATA.read_text(encoding="utf-8"), "csv", "ibtracs")[0]
    times = [datetime(2019, 8, 8, tzinfo=UTC) + timedelta(hours=h) for h in range(72)]
    here = local_storm(lekima, 27.85, 121.15, times)
    gale = here.passage(8)
    # The centre passed some 30 km off in the evening of 9 August UTC (landfall at Wenling 17:45 UTC).
    assert gale.closest_km < 70
    assert datetime(2019, 8, 9, 12, tzinfo=UTC) <= gale.closest_at <= datetime(2019, 8, 9, 19, tzinfo=UTC)
    assert gale.strongest_mps > 30
    assert gale.arrive_at is not None
    assert gale.depart_at is not None
    assert gale.arrive_at < gale.closest_at < gale.depart_at
    assert 5 < here.hs_m.max() < 16


def test_atcf_deck_is_read_with_circles_and_positions() -> None:
    (track,) = read_tracks(ATCF, "atcf", "jtwc")
    assert (track.kind, track.storm_id, len(track.points)) == ("forecast", "WP112026", 4)
    first = track.points[0]
    assert (first.lat_deg, first.lon_deg) == (24.0, 125.0)
    assert first.wind_mps == pytest.approx(51.44, abs=0.01)
    assert first.r17_km == pytest.approx(180 * 1.852)
    assert first.rmw_km == pytest.approx(20 * 1.852)


def test_json_track_is_read() -> None:
    text = '[{"storm_id": "2609", "name_zh": "试验", "issued_at": "2026-08-20T00:00Z", "points": [' \
        '{"at": "2026-08-20T00:00Z", "lat_deg": 24, "lon_deg": 125, "wind_mps": 40},' \
        '{"at": "2026-08-21T00:00Z", "lat_deg": 27, "lon_deg": 122, "pressure_hpa": 950}]}]'  # fmt: skip
    (track,) = read_tracks(text, "json", "nmc")
    assert (track.name_zh, track.kind) == ("试验", "forecast")


@pytest.mark.parametrize(
    ("form", "text", "words"),
    [
        ("csv", "time,lat\n2026-08-20,24\n", "Column 'lon' is missing"),
        ("csv", "time,lon,lat\nyesterday,125,24\n", "Line 2"),
        ("csv", "time,lon,lat\n2026-08-20,125,124\n", "Line 2"),
        ("csv", "", "no track point"),
        ("atcf", "WP, 11, soon\n", "Line 1"),
        ("atcf", ATCF.replace("240N", "240X"), "Line 1"),
        ("json", "{", "Not valid JSON"),
        ("json", '[{"storm_id": 1}]', "cannot be read"),
    ],
)
def test_damaged_track_is_refused_with_its_place(form: str, text: str, words: str) -> None:
    with pytest.raises(TrackError, match=words):
        read_tracks(text, form, "x")  # type: ignore[arg-type]


@given(st.text(max_size=200), st.sampled_from(["csv", "atcf", "json"]))
def test_any_text_is_tracks_or_a_track_error(text: str, form: str) -> None:
    try:
        assert read_tracks(text, form, "x")  # type: ignore[arg-type]
    except TrackError as exc:
        assert str(exc)


def test_vortex_has_its_largest_wind_at_its_radius_and_falls_off() -> None:
    point = TrackPoint(at=START, lat_deg=25, lon_deg=123, wind_mps=45.0, pressure_hpa=945.0, rmw_km=40.0)
    wind, pressure = holland(point, np.array([5.0, 40.0, 150.0, 400.0]))
    assert wind[1] == pytest.approx(45.0)
    assert wind[0] < wind[1] > wind[2] > wind[3]
    assert (np.diff(pressure) > 0).all()


def test_vortex_goes_through_the_agency_radius_of_gale() -> None:
    point = TrackPoint(at=START, lat_deg=25, lon_deg=123, wind_mps=45.0, pressure_hpa=945.0, rmw_km=40.0, r17_km=300.0)
    assert holland(point, np.array([300.0]))[0][0] == pytest.approx(17.2, rel=0.12)


def test_wind_turns_round_the_centre_against_the_clock_in_the_north() -> None:
    here = local_storm(straight(), 27.8, 122.2, hours(25))
    # A place east of the centre has wind from about south-south-east.
    assert 120 < here.wind_dir_deg[24] < 200


@pytest.mark.parametrize(
    ("wind", "fetch_km", "low", "high"),
    [(20.0, 100.0, 3.0, 4.2), (30.0, 300.0, 7.0, 11.5), (10.0, 50.0, 0.9, 1.6)],
)
def test_fetch_limited_waves_agree_with_the_shore_protection_manual(
    wind: float, fetch_km: float, low: float, high: float
) -> None:
    # Nomogram of JONSWAP growth (Hasselmann et al. 1973): within a quarter.
    hs, tp = fetch_limited(np.array([wind]), np.array([fetch_km * 1000]))
    assert low < hs[0] < high
    assert 3 < tp[0] < 14


def test_shallow_water_bounds_the_waves() -> None:
    deep, _ = fetch_limited(np.array([30.0]), np.array([300e3]))
    shallow, _ = fetch_limited(np.array([30.0]), np.array([300e3]), depth_m=10.0)
    assert shallow[0] < 0.6 * deep[0]


def test_ensemble_spreads_as_agencies_err() -> None:
    track = straight()
    members = ensemble(track, 400, np.random.default_rng(2))
    away = []
    for member in members:
        one, two = member.at(START + timedelta(hours=24)), track.at(START + timedelta(hours=24))
        assert one is not None
        assert two is not None
        away.append(
            111.195 * np.hypot(one.lat_deg - two.lat_deg, (one.lon_deg - two.lon_deg) * np.cos(np.radians(27.8)))
        )
    assert np.mean(away) == pytest.approx(track_error_km(24), rel=0.1)
    assert members[0].points[0] == track.points[0]


def test_arrival_of_force_ten_is_surer_on_the_track_than_beside_it() -> None:
    track = straight()
    members = ensemble(track, 60, np.random.default_rng(3))
    on = arrival_risk(track, 27.8, 121.2, hours(60), 10, members)
    off = arrival_risk(track, 25.5, 119.0, hours(60), 10, members)
    assert on.probability > 0.7 > off.probability
    assert on.arrive_p10_at is not None
    assert on.arrive_p50_at is not None
    assert START + timedelta(hours=6) < on.arrive_p10_at <= on.arrive_p50_at < START + timedelta(hours=26)
