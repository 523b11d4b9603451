"""Forms about boats and the search area: what is taken, what is refused and why."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.views import fleet_forms, search
from tests.unit.dashboard.test_views import NOW, ZH, alert
from vessels.crew import missing_posts


def test_formation_joins_chosen_and_typed_boats_once_each() -> None:
    made, problem = fleet_forms.formation_of(
        " 东编组 ", [412300001, 412300002], "412300002，412300003;\n412300004", 24, now=NOW, words=ZH
    )
    assert problem == "" and made is not None
    assert (made.group_id, made.mmsis) == ("东编组", (412300001, 412300002, 412300003, 412300004))
    assert made.valid_until == NOW + timedelta(hours=24)


@pytest.mark.parametrize(
    ("name", "typed", "hours", "says"),
    [
        ("", "412300001 412300002", 24, "编组名称"),
        ("甲", "412300001", 24, "2 至 60 艘"),
        ("甲", "412300001, 41230000x", 24, "41230000x 不是 MMSI"),
        ("甲", "412300001 412300002", 100, "最长 72 小时"),
        ("甲", "412300001 412300002", 0, "最长 72 小时"),
    ],
)
def test_formation_that_makes_no_sense_is_refused(name: str, typed: str, hours: float, says: str) -> None:
    made, problem = fleet_forms.formation_of(name, [], typed, hours, now=NOW, words=ZH)
    assert made is None and says in problem


@given(st.text(), st.text(), st.floats())
def test_any_typed_formation_is_sound_or_refused(name: str, typed: str, hours: float) -> None:
    made, problem = fleet_forms.formation_of(name, [], typed, hours, now=NOW, words=ZH)
    assert (made is None) == bool(problem)
    assert made is None or (len(made.mmsis) >= 2 and made.valid_until > NOW)


def test_report_is_of_the_time_on_the_wall_and_never_of_one_to_come() -> None:
    now = datetime(2026, 11, 27, 1, 30, tzinfo=UTC)  # 09:30 in Shanghai
    assert fleet_forms.told_at(None, None, now) == now
    assert fleet_forms.told_at(None, time(8, 15), now) == datetime(2026, 11, 27, 0, 15, tzinfo=UTC)
    assert fleet_forms.told_at(date(2026, 11, 26), time(23), now) == datetime(2026, 11, 26, 15, tzinfo=UTC)
    assert fleet_forms.told_at(None, time(9, 45), now) is None


def test_chosen_officers_fill_the_posts_that_the_rules_ask_for() -> None:
    rules = fleet_forms.crew_rules()
    asked = next(row for row in rules.engine if row.posts.count("助理管轮") == 2).posts
    two = [p for p in fleet_forms.posts() if p.startswith("助理管轮")]
    aboard = fleet_forms.officers_of(["一级轮机长", "一级管轮", *two])
    assert missing_posts(asked, aboard, NOW.date(), rules) == []


def silent(**values: Any) -> Any:
    return alert("412300010", 2, rule="vessels.silence", subject_name="浙洞渔10010", values=values)


def test_silent_boat_has_the_rules_own_search_area_and_a_distress_grows_with_the_tide() -> None:
    assert search.radius_nm(silent(search_radius_nm=4.2), NOW) == 4.2
    sart = alert("970012345", 4, rule="vessels.distress", observed_at=NOW - timedelta(hours=3))
    assert search.radius_nm(sart, NOW) == pytest.approx(3.0)
    assert search.radius_nm(replace(sart, observed_at=NOW), NOW) == 1.0
    for other in (alert(), replace(sart, condition="cleared"), replace(sart, lat_deg=None), silent()):
        assert search.radius_nm(other, NOW) is None


def test_ring_lies_around_the_place_at_its_radius_and_says_whose_it_is() -> None:
    (ring,) = search.rings([silent(search_radius_nm=6.0), alert()], now=NOW, words=ZH)
    line = ring["geometry"]["coordinates"][0]
    assert line[0] == line[-1] and max(lat for _, lat in line) - 27.8 == pytest.approx(0.1, abs=0.001)
    assert ring["properties"]["n"] == "浙洞渔10010 搜寻区，半径 6.0 海里"
