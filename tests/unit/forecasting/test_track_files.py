"""Storm tracks as agencies send them: what each form is read as, what is refused, and any garbage."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.storms.track_files import TrackError, read_tracks

DATA = Path(__file__).parents[2] / "data" / "tracks" / "ibtracs_wp_2019_2021_excerpt.csv"
START = datetime(2026, 8, 20, tzinfo=UTC)
ATCF = """\
WP, 11, 2026082000, 03, JTWC,   0, 240N, 1250E, 100,  935, TY,  34, NEQ,  200,  180,  160,  180, 1008,  250,  20, 120
WP, 11, 2026082000, 03, JTWC,  12, 258N, 1235E,  95,  940, TY,  34, NEQ,  200,  180,  160,  180, 1008,  250,  20, 120
WP, 11, 2026082000, 03, JTWC,  24, 276N, 1218E,  90,  945, TY,  34, NEQ,  180,  160,  140,  160, 1008,  250,  25, 115
WP, 11, 2026082000, 03, JTWC,  48, 310N, 1200E,  50,  980, TS,  34, NEQ,  120,  100,   80,  100, 1008,  250,  40,  65
"""
JSON = json.dumps(
    [
        {
            "storm_id": "2609", "name_zh": "试验", "issued_at": "2026-08-20T00:00Z", "points": [
                {"at": "2026-08-20T00:00Z", "lat_deg": 24, "lon_deg": 125, "wind_mps": 40},
                {"at": "2026-08-21T00:00Z", "lat_deg": 27, "lon_deg": 122, "pressure_hpa": 950, "r14_km": 300}],
        }
    ], ensure_ascii=False,
)  # fmt: skip
IBTRACS = """\
SID,SEASON,BASIN,NAME,ISO_TIME,LAT,LON,WMO_WIND,WMO_PRES,USA_WIND,USA_PRES,USA_RMW
 ,Year, , , ,degrees_north,degrees_east,kts,mb,kts,mb,nmile
2019214N15134,2019,WP,LEKIMA,2019-08-09 12:00:00,27.5,122.0, , ,100,948,15
2019214N15134,2019,WP,LEKIMA,2019-08-09 18:00:00,28.4,121.5,80,955,95,952,20
"""
CHINESE = """\
台风编号,时间,纬度,经度,中心气压(hPa),风速(m/s),七级风圈半径(km)
2609,2026/08/20 06:00,24.1,125.2,950,42,320
2609,2026/08/20 12:00,25.0,124.3,945,45,330
"""


def test_best_track_csv_of_lekima_is_read_with_knots_as_metres_a_second() -> None:
    tracks = {t.storm_id: t for t in read_tracks(DATA.read_text(encoding="utf-8"), "csv", "ibtracs")}
    lekima = tracks["2019214N15134"]
    at = lekima.at(datetime(2019, 8, 9, 12, tzinfo=UTC))
    assert at is not None
    assert (at.lat_deg, at.lon_deg, at.pressure_hpa) == (27.5, 122.0, 940.0)
    assert at.wind_mps == pytest.approx(90 * 0.514444)
    assert lekima.kind == "best"


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


def test_archive_of_ibtracs_is_read_as_it_is_downloaded() -> None:
    (track,) = read_tracks(IBTRACS, "csv", "ibtracs")
    assert (track.storm_id, track.name_en, len(track.points)) == ("2019214N15134", "LEKIMA", 2)
    one, two = track.points
    assert (one.wind_mps, one.pressure_hpa) == (pytest.approx(100 * 0.514444), 948.0)
    assert (two.wind_mps, two.pressure_hpa) == (pytest.approx(80 * 0.514444), 955.0)
    assert one.rmw_km == pytest.approx(15 * 1.852)


def test_chinese_table_is_read_in_metres_a_second_with_its_circle() -> None:
    (track,) = read_tracks(CHINESE, "csv", "nmc")
    assert [p.wind_mps for p in track.points] == [42.0, 45.0]
    assert track.points[0].r14_km == 320.0
    assert track.points[0].at == datetime(2026, 8, 20, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wind_mps"),
    [("wind", 20.57776), ("wind_kn", 20.57776), ("wind (m/s)", 40.0), ("wind_mps", 40.0), ("风速(节)", 20.57776)],
)
def test_unit_in_a_columns_name_counts(header: str, wind_mps: float) -> None:
    (track,) = read_tracks(f"time,lat,lon,{header}\n2026082006,24,125,40\n", "csv", "x")
    assert track.points[0].wind_mps == pytest.approx(wind_mps)
    assert track.points[0].at == datetime(2026, 8, 20, 6, tzinfo=UTC)


@pytest.mark.parametrize("missing", ["", "-999", "9999", "1e30", "-1", "NaN", "--", "None", "inf", "0"])
def test_figure_that_is_missing_is_bridged_from_its_neighbours(missing: str) -> None:
    rows = "".join(f"2026-08-20T{h:02d}:00Z,{20 + h / 10},125,{w}\n" for h, w in ((0, 30), (6, missing), (12, 50)))
    (track,) = read_tracks("time,lat,lon,wind_mps\n" + rows, "csv", "x")
    assert [p.wind_mps for p in track.points] == [30.0, 40.0, 50.0]


def test_track_over_the_date_line_and_0_to_360_is_one_way() -> None:
    rows = "".join(f"2026-08-20T{h:02d}:00Z,-18,{lon}\n" for h, lon in ((0, 179.5), (6, 180.5), (12, -178.5)))
    (track,) = read_tracks("time,lat,lon\n" + rows, "csv", "x")
    assert [p.lon_deg for p in track.points] == [179.5, -179.5, -178.5]
    middle = track.at(START + timedelta(hours=3))
    assert middle is not None
    assert abs(middle.lon_deg) == pytest.approx(180.0)
    assert not track.has_strength


def test_techniques_of_a_deck_are_tracks_of_their_own_and_places_at_nought_are_none() -> None:
    deck = ATCF + ATCF.replace("JTWC", "AVNO") + "WP, 11, 2026082000, 03, CLP5, 12,   0N,    0E,   0,    0\n"
    assert [t.source for t in read_tracks(deck, "atcf", "a")] == ["a:JTWC", "a:AVNO"]


@pytest.mark.parametrize(
    ("form", "text", "words"),
    [
        ("csv", "time,lat,lon,wind_mps\n2026-08-20,24,125,450\n", "Line 2 .*wind_mps of 450"),
        ("csv", "time,lat,lon\n1609459200,24,125\n", "Line 2"),
        ("csv", "time,lat,lon\n0026-08-20,24,125\n", "years 1800"),
        ("csv", "time,lat,lon\n2026-08-20T00Z,24,125\n2026-08-20T06Z,24,165\n", "moves .* km in 6 h"),
        ("csv", "time,lat,lon,issued_at\n2026-08-20,24,125,soon\n", "time of issue"),
        ("atcf", ATCF.replace("  935", "   93"), "Line 1 .*pressure_hpa of 93"),
        ("atcf", ATCF.replace("240N", "999N"), "Line 1"),
        ("json", '{"storm_id": "1", "points": []}', "has 0 points"),
        ("json", "1" * 5000, "Not valid JSON"),
        ("json", "[" * 100_000, "cannot be read"),
        ("json", JSON.replace("24", "null"), "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(form: Any, text: str, words: str) -> None:
    with pytest.raises(TrackError, match=words):
        read_tracks(text, form, "x")


def test_name_with_marks_that_no_database_takes_is_cleaned() -> None:
    (track,) = read_tracks(JSON.replace("2609", "26\\u000009").replace("试验", "试\\n验"), "json", "x\x00y")
    assert (track.storm_id, track.name_zh, track.source) == ("2609", "试验", "xy")


@pytest.mark.parametrize(
    ("form", "text"), [("csv", IBTRACS), ("csv", CHINESE), ("atcf", ATCF), ("json", JSON)], ids=str
)
def test_scrambled_file_is_tracks_or_a_track_error(form: Any, text: str) -> None:
    random = np.random.default_rng(3)
    odd = [
        "",
        "nan",
        "1e400",
        "-1",
        "null",
        "[]",
        "\x00",
        "１",
        "9" * 30,
        ",",
        "\n",
        '"',
        "9999-12-31T23:59-14:00",
        "N",
    ]
    for trial in range(300):
        letters = list(text)
        for place in random.integers(0, len(letters), 1 + trial % 9):
            letters[place] = odd[int(random.integers(len(odd)))] if random.random() < 0.7 else chr(random.integers(999))
        try:
            assert read_tracks("".join(letters), form, "x")
        except TrackError as exc:
            assert str(exc)
