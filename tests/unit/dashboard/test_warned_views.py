"""What people must see first: distress before all else, a coming storm on the farmer's first page, a whole track."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.rules import load
from dashboard.look import State
from dashboard.views import cage_page, deck, desk, queue, storm
from dashboard.views.cage_cards import cards
from dashboard.views.limits import RULES
from store.reader import FarmRow
from tests.unit.dashboard.test_views import EN, NOW, ZH, alert, cage, reading


def test_distress_stands_before_every_other_red_alert_and_is_counted() -> None:
    collision = alert("412300001", 4, rule="vessels.collision", alert_id="c", raised_at=NOW - timedelta(hours=1))
    sart = alert("970012345", 4, rule="vessels.distress", alert_id="d")
    drill = replace(sart, alert_id="e", drill=True)
    assert [a.alert_id for a in desk.queue([collision, drill, sart], now=NOW)] == ["d", "c", "e"]
    told = next(k for k in desk.figures({}, [collision, sart], words=ZH, now=NOW) if k.label == "遇险")
    assert (told.text, told.hot) == ("1", True)


def test_farmers_first_page_names_the_gravest_storm_and_the_time_left() -> None:
    waves = alert("p1", 1, rule="waves.forecast", subject_name="管理平台", reason_zh="浪高2.7米")
    typhoon = alert(
        "c1",
        3,
        rule="typhoon.arrival",
        subject_name="1号网箱",
        reason_zh="台风将至",
        valid_from=NOW + timedelta(hours=31),
    )
    warned = storm.warning([waves, typhoon, alert()], now=NOW, words=ZH)
    assert warned == storm.Warning(state=State.ORANGE, text="1号网箱 · 台风将至", left="31 小时后", advice="开增氧机")
    assert storm.warning([alert(), replace(typhoon, condition="cleared")], now=NOW, words=ZH) is None


def test_cards_of_several_farms_name_each_its_own() -> None:
    farms = [
        FarmRow(farm_id=f, name_zh=name, name_en=name, district_id="dongtou", lat_deg=27.8, lon_deg=121.2)
        for f, name in (("dt01", "甲"), ("dt02", "乙"))
    ]
    both = cards([cage("dt01-c01")], [reading("dt01-c01")], [], now=NOW, words=ZH, farms=farms)
    assert both[0].farm == "甲"
    assert cards([cage("dt01-c01")], [reading("dt01-c01")], [], now=NOW, words=ZH, farms=farms[:1])[0].farm == ""


def test_chart_of_the_whole_farm_begins_with_the_cage_and_stops_before_lines_cannot_be_told_apart() -> None:
    farm = [cage(f"dt01-c{n}") for n in range(1, 9)]
    rows = [replace(reading(c.cage_id, point=p), series_id=10 * n + k)
            for n, c in enumerate(farm) for k, p in enumerate(("d2", "d6"))]  # fmt: skip
    other = replace(reading("dt02-c01"), series_id=99)
    assert cage_page.lines_of([*rows, other], "do_mg_l", farm[3], (), ZH) == {30: "2 米层", 31: "6 米层"}
    whole = cage_page.lines_of([other, *rows], "do_mg_l", farm[3], farm, ZH)
    assert len(whole) == cage_page.MOST_LINES and 99 not in whole
    assert list(whole.values())[:3] == ["4号网箱 · 2 米层", "4号网箱 · 6 米层", "1号网箱 · 2 米层"]


@pytest.mark.parametrize("words", [ZH, EN])
def test_every_rule_with_its_own_word_says_more_than_its_policy(words: object) -> None:
    policies = load(RULES).policies
    told = {queue.kind_word(rule, policies, words) for rule in queue.KINDS}  # type: ignore[arg-type]
    assert told.isdisjoint({"", "船舶", "网箱", "vessels", "cages"})


@pytest.mark.parametrize(("span_deg", "zoom"), [(0.001, 12.0), (0.4, 9.05), (4.0, 6.0)])
def test_map_of_a_track_shows_all_of_it(span_deg: float, zoom: float) -> None:
    (lat, lon), found = deck.view_of([(27.8, 121.0), (27.8, 121.0 + span_deg)])
    assert (lat, lon) == (27.8, 121.0 + span_deg / 2)
    assert found == pytest.approx(zoom, abs=0.05)
