"""A typhoon at the cages: when force 7 and force 10 come and go, and the rings of its wind on the map."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.views import typhoon
from store.reader_desk import StormRow
from tests.unit.dashboard.test_views import EN, NOW, ZH, alert

VALUES = {
    "closest_km": 42.0, "strongest_wind_mps": 31.4,
    "force7_arrive_at": (NOW + timedelta(hours=20)).isoformat(), "force7_probability": 0.9,
    "force7_depart_at": (NOW + timedelta(hours=50)).isoformat(),
    "force10_arrive_at": (NOW + timedelta(hours=30)).isoformat(), "force10_probability": 0.4, "force10_depart_at": None,
}  # fmt: skip


def test_each_cage_has_its_hours_of_force_seven_and_ten_soonest_first() -> None:
    late = alert(
        "c2", 2, rule="typhoon.arrival", subject_name="2号箱", values=VALUES, valid_from=NOW + timedelta(hours=25)
    )
    soon = alert(
        "c1", 2, rule="typhoon.arrival", subject_name="1号箱", values=VALUES, valid_from=NOW + timedelta(hours=20)
    )
    rows = typhoon.arrivals([late, alert(), soon, replace(soon, condition="cleared")], now=NOW, words=ZH)
    assert [row[0] for row in rows] == ["1号箱", "2号箱"]
    assert rows[0][3:] == ("42 公里", "31 米/秒")
    assert rows[0][1].endswith("(90%)") and " – " in rows[0][1]
    assert rows[0][2].endswith("– … (40%)")
    assert len(rows[0]) == len(typhoon.heads(EN))


@pytest.mark.parametrize("values", [{}, {"closest_km": None, "force7_arrive_at": "soon", "force7_probability": 1.0}])
def test_alert_without_figures_shows_dashes(values: dict[str, object]) -> None:
    (row,) = typhoon.arrivals([alert("c1", 2, rule="typhoon.arrival", values=values)], now=NOW, words=EN)
    assert set(row[1:]) == {"–"}


def storm(**figures: float | None) -> StormRow:
    points = [
        {"at": (NOW + timedelta(hours=h)).isoformat(), "lat_deg": 25.0, "lon_deg": 179.0, **figures} for h in (-6, 6)
    ]
    return StormRow(
        storm_id="s", source="cma", issued_at=NOW, kind="forecast", name_zh="", name_en="",
        points=[*points, {"at": "x"}, {"lat_deg": None}],
    )  # fmt: skip


def test_rings_of_a_strong_storm_are_closed_round_its_centre_and_a_weak_one_has_none() -> None:
    seven, ten = typhoon.circles([storm(wind_mps=45.0, pressure_hpa=945.0, rmw_km=40.0)], now=NOW)
    assert seven["path"][0] == pytest.approx(seven["path"][-1])
    assert len({len(r["path"]) for r in (seven, ten)}) == 1
    north = [max(p[1] for p in ring["path"]) - 25.0 for ring in (seven, ten)]
    assert 1.0 < north[1] < north[0] < 5.0
    assert typhoon.circles([storm(wind_mps=8.0)], now=NOW) == []
    assert typhoon.circles([storm(wind_mps=None)], now=NOW) == []
    assert typhoon.circles([storm(wind_mps=45.0)], now=NOW + timedelta(days=2)) == []
