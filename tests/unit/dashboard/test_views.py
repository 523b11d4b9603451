# ruff: noqa: E501, C408, PLC0415 - tables of examples; heavy readers are imported where they are used
"""View models by hand-made rows."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from dashboard import charts
from dashboard.deciding import in_one_language, may_close
from dashboard.i18n import Words
from dashboard.look import CLASSES, State
from dashboard.screens.trail import action_word
from dashboard.times import ago, clock, countdown
from dashboard.views import areas, desk, devices, hearing, queue, sea, storm, targets
from dashboard.views.cage_cards import cards, summary
from dashboard.views.cage_page import by_interest, chances, outlook, sensors
from dashboard.views.devices import piles
from dashboard.views.fleet_forms import boat_number
from dashboard.views.freshness import notices
from dashboard.views.light import spark
from dashboard.views.limits import limits_of, rules
from dashboard.views.map_layers import target_features
from dashboard.views.placenames import place_names
from dashboard.views.sun import elevation_deg, nights
from forecasting.grids.fields import SeaField
from store.reader import AlertRow, Bucket, CageRow, Fix, Freshness, LatestRow, TargetRow, stride_s
from store.reader_cages import FanRow, RiskRow
from store.reader_desk import GatewayRow, HeardCell, QuarantineRow, StormRow
from vessels import coast

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ZH, EN = Words("zh"), Words("en")


def cage(name: str = "dt01-c01") -> CageRow:
    return CageRow(
        cage_id=name,
        farm_id="dt01",
        kind="cage",
        name_zh=f"{name[-1]}号网箱",
        name_en=name,
        lat_deg=27.8,
        lon_deg=121.2,
    )


def reading(
    cage_id: str = "dt01-c01",
    quantity: str = "do_mg_l",
    value: float | None = 6.0,
    point: str = "d2",
    age_s: float = 30,
    qc: int = 1,
) -> LatestRow:
    at = NOW - timedelta(seconds=age_s)
    return LatestRow(
        series_id=1,
        cage_id=cage_id,
        point=point,
        quantity=quantity,
        unit="mg/L",
        depth_m=2,
        observed_at=at,
        value=value,
        qc=qc,
        received_at=at,
        clock=1,
    )


def alert(subject: str = "dt01-c01", severity: int = 3, **changes: Any) -> AlertRow:
    values: dict[str, Any] = dict(
        alert_id="a", key="k", rule="cages.oxygen.level", subject_kind="cage", subject_id=subject, subject_name="1号网箱", severity=severity,
        condition="active", handling="raised", raised_at=NOW - timedelta(minutes=9), observed_at=NOW, cleared_at=None, closed_at=None,
        valid_from=None, valid_until=None, lat_deg=27.8, lon_deg=121.2, probability=None, reason_zh="溶氧低", reason_en="low oxygen",
        advice_zh="开增氧机", advice_en="aerate", values={}, farm_id="dt01", district_id="dongtou", assignee=None, assignee_name=None,
        shelved_until=None, shelve_reason="", recognition=None, drill=False, version=1,
    )  # fmt: skip
    return AlertRow(**(values | changes))


def fan(quantity: str = "do_mg_l", hours: int = 24, mid: float = 5.0) -> list[FanRow]:
    return [
        FanRow(run_id=1, place_id="dt01-c01", point="d2", quantity=quantity, issued_at=NOW, status="ok", notice_zh="", notice_en="",
               valid_at=NOW + timedelta(hours=h), q10=mid - 1, q30=mid - 0.4, q50=mid - 0.01 * h, q70=mid + 0.4, q90=mid + 1)
        for h in range(1, hours + 1)
    ]  # fmt: skip


def test_cards_put_the_worst_first_and_say_what_to_do() -> None:
    made = cards(
        [cage("dt01-c01"), cage("dt01-c02")],
        [reading("dt01-c01"), reading("dt01-c02")],
        [alert("dt01-c02")],
        now=NOW,
        words=ZH,
    )
    assert [c.cage_id for c in made] == ["dt01-c02", "dt01-c01"]
    assert (made[0].state, made[0].advice, made[1].state) == (State.ORANGE, "开增氧机", State.GOOD)
    assert summary(made, ZH) == "2 处中有 1 处需要处理"


def test_card_without_fresh_readings_is_never_called_well() -> None:
    for rows in ([], [reading(age_s=3600)]):
        assert cards([cage()], rows, [], now=NOW, words=EN)[0].state is State.UNKNOWN


def test_card_shows_the_lowest_oxygen_and_hides_bad_values() -> None:
    rows = [reading(value=6.0, point="d2"), reading(value=3.2, point="d6"), reading(value=0.1, point="d9", qc=4)]
    assert cards([cage()], rows, [], now=NOW, words=EN)[0].figures[0].text == "3.20"
    assert cards([cage()], [reading(value=0.1, qc=4)], [], now=NOW, words=EN)[0].figures[0].text == "–"


def test_card_of_a_cleared_or_shelved_alert_is_well() -> None:
    for change in ({"condition": "cleared"}, {"shelved_until": NOW + timedelta(hours=1)}):
        assert cards([cage()], [reading()], [alert(**change)], now=NOW, words=EN)[0].state is State.GOOD


def test_alert_of_another_cage_with_the_same_beginning_does_not_touch_this_one() -> None:
    assert cards([cage("dt01-c01")], [reading()], [alert("dt01-c011")], now=NOW, words=EN)[0].state is State.GOOD


def test_sensor_of_unsynced_clock_failed_flag_and_old_age_is_told() -> None:
    words = [s.word for s in sensors([reading(qc=4), reading(age_s=4000), reading()], now=NOW, words=EN)]
    assert words == ["Failed", "Old", "Good"]


def test_times_read_naturally() -> None:
    assert ago(NOW - timedelta(minutes=3), now=NOW, words=Words("zh")) == "3 分钟前"
    assert ago(NOW + timedelta(hours=3), now=NOW, words=EN) == "in 3 h"
    assert ago(None, now=NOW, words=EN) == "no data"
    assert clock(NOW, now=NOW) == "20:00" and clock(NOW - timedelta(days=1), now=NOW) == "11-22 20:00"
    assert countdown(NOW + timedelta(hours=31, minutes=5), now=NOW) == "31:05" and countdown(NOW, now=NOW) == "0:00"


def test_freshness_says_when_readings_stop_and_who_is_silent() -> None:
    old = Freshness(readings_at=NOW - timedelta(minutes=7), targets_at=NOW, services=2, silent=["watch"])
    texts = [n.text for n in notices(old, now=NOW, stale_after_s=180, sea=True, words=EN)]
    assert len(texts) == 2 and "7 min" in texts[0] and "judgement" in texts[1]
    fresh = Freshness(readings_at=NOW, targets_at=NOW, services=2, silent=None)
    assert notices(fresh, now=NOW, stale_after_s=180, sea=True, words=EN) == []


def test_queue_is_worst_first_then_untaken_then_oldest_and_leaves_out_shelved() -> None:
    rows = [
        alert(severity=2, alert_id="y"), alert(severity=4, alert_id="new", raised_at=NOW), alert(severity=4, alert_id="old"),
        alert(severity=4, alert_id="taken", handling="in_disposal"), alert(severity=4, alert_id="aside", shelved_until=NOW + timedelta(hours=1)),
    ]  # fmt: skip
    assert [a.alert_id for a in desk.queue(rows, now=NOW)] == ["old", "new", "taken", "y"]


def test_queue_groups_four_free_alerts_of_a_kind_and_leaves_red_and_taken_ones_alone() -> None:
    storm = [alert(f"boat{n}", 2, rule="vessels.storm", alert_id=f"s{n}") for n in range(4)]
    taken = alert(severity=2, rule="vessels.storm", alert_id="taken", assignee="officer", handling="in_disposal")
    red = alert(severity=4, rule="vessels.storm", alert_id="red")
    few = [alert(severity=2, rule="vessels.season", alert_id=f"f{n}") for n in range(3)]
    lines = queue.grouped([red, storm[0], few[0], *storm[1:], taken, *few[1:]])
    assert lines == [red, queue.Group(rule="vessels.storm", alerts=tuple(storm)), few[0], taken, *few[1:]]
    assert isinstance(lines[1], queue.Group)
    assert queue.group_line(lines[1], now=NOW, words=Words("zh")) == "1号网箱、1号网箱、1号网箱等（另 1 个）"


@given(st.text(), st.text())
def test_script_value_never_ends_the_script(a: str, b: str) -> None:
    text = desk.script_value([a, b + "</script><script>"])
    assert "<" not in text and ">" not in text and json.loads(text) == [a, b + "</script><script>"]


def test_feature_of_a_target_points_where_it_heads_and_fades_when_old() -> None:
    row = TargetRow(mmsi=412_000_001, lat_deg=27.8, lon_deg=121.2, sog_kn=7.0, cog_deg=90.0, heading_deg=None, observed_at=NOW - timedelta(hours=1),
                    target_class="registered", probability=None, source="ais_b", name="A<b>")  # fmt: skip
    feature: Any = target_features([row], now=NOW)["features"]
    properties = feature[0]["properties"]
    assert properties["a"] == 270 and properties["i"] == "boat" and properties["c"][3] < 255


def test_every_class_of_target_has_a_look() -> None:
    from core.target import TargetClass

    assert {c.value for c in TargetClass} <= set(CLASSES)


@pytest.mark.parametrize(
    ("given_text", "number"),
    [("412000001", 412000001), ("-7", -7), ("x", None), ("1; drop", None), ("", None), ("１２", None)],
)
def test_mmsi_of_an_address_is_a_number_or_nothing(given_text: str, number: int | None) -> None:
    assert targets.mmsi_of(given_text) == number


def test_track_breaks_where_nobody_heard_it() -> None:
    fixes = [
        Fix(observed_at=NOW + timedelta(minutes=m), lat_deg=27, lon_deg=121, sog_kn=1, cog_deg=1)
        for m in (0, 5, 90, 95)
    ]
    assert [len(p["path"]) for p in targets.paths(fixes)] == [2, 2]


def test_chart_line_leaves_gaps_open() -> None:
    hours = [0, 1, 2, 9, 10]
    points = charts.line(
        [Bucket(series_id=1, at=NOW + timedelta(hours=h), low=1, high=3, mean=2) for h in hours], stride_s=3600
    )
    assert [p[1] for p in points] == [2, 2, 2, None, 2, 2]


def test_chart_fan_stacks_to_the_deciles_and_shows_limits_and_night() -> None:
    rows = fan()
    option = charts.fan([], rows, quantity="do_mg_l", now=NOW, stride_s=300, limits=limits_of("do_mg_l", rules()),
                        nights=nights(NOW, NOW + timedelta(hours=24), 27.8, 121.2), words=ZH)  # fmt: skip
    bands = [s for s in option["series"] if s.get("stack") == "fan"]
    assert sum(b["data"][0][1] for b in bands) == pytest.approx(rows[0].q90, abs=0.01)
    marks = option["series"][0]["markLine"]["data"]
    assert [m["yAxis"] for m in marks if "yAxis" in m] == [5.0, 4.0, 3.0, 2.0]
    assert option["series"][0]["markArea"]["data"]
    json.dumps(option)


def test_wall_clock_of_charts_is_shanghai() -> None:
    assert charts.wall_ms(datetime(2026, 1, 1, 0, 0, tzinfo=UTC)) == 1_767_225_600_000 + 8 * 3_600_000


def test_limits_of_waves_are_those_of_the_standard() -> None:
    assert [x.value for x in limits_of("hs_m", rules())] == [2.5, 3.5, 4.5, 6.0]
    assert [x.value for x in limits_of("ph", rules())] == [7.8, 8.5]
    assert limits_of("battery_v", rules()) == ()


def risk(limit: float, probability: float, severity: int, window_h: int = 24, **onset: datetime) -> RiskRow:
    times = {"onset_p10_at": None, "onset_p50_at": None, "onset_p90_at": None} | onset
    return RiskRow(
        place_id="dt01-c01", point="d2", quantity="do_mg_l", issued_at=NOW, limit_value=limit, below=True,
        window_h=window_h, probability=probability, expected_hours=2.1, worst_at=NOW, severity=severity, **times,
    )  # fmt: skip


def test_outlook_names_the_lowest_oxygen_the_gravest_likely_chance_and_what_is_amiss() -> None:
    risks = [risk(5, 0.95, 1), risk(4, 0.71, 2), risk(2, 0.01, 4)]
    text = outlook(fan(), risks, now=NOW, words=EN)
    assert "4.76 mg/L" in text and "below 4 mg/L within 24 h: 71 %" in text
    assert "Note" not in text
    late = [replace(row, notice_zh="数值预报没有更新", notice_en="the grid is late") for row in fan()]
    assert outlook(late, [risk(2, 0.01, 4)], now=NOW, words=EN).endswith("1 %. Note: the grid is late.")
    assert outlook(late, [], now=NOW, words=ZH).endswith("注意：数值预报没有更新。")
    assert "No forecast" in outlook([], [], now=NOW, words=EN)


def test_chances_are_one_line_a_limit_with_the_span_of_its_start() -> None:
    begins = {"onset_p10_at": NOW, "onset_p50_at": NOW + timedelta(hours=2), "onset_p90_at": NOW + timedelta(hours=5)}
    rows = [risk(4, 0.4, 2, 12), risk(4, 0.7, 2, 24, **begins), risk(2, 0.02, 4, 24)]
    lines = chances(rows, now=NOW, words=EN)
    assert [line[1:4] for line in lines] == [("below 4 mg/L", "40%", "70%"), ("below 2 mg/L", "–", "2%")]
    assert " to " in str(lines[0][4])
    assert lines[1][4] == "–"


def test_spark_stays_in_its_picture() -> None:
    drawn = spark(fan(), now=NOW, limits=rules())
    assert drawn is not None
    numbers = [float(x) for x in drawn.band.strip("MZ").replace("L", " ").split()]
    assert all(0 <= x <= 240 for x in numbers) and spark([], now=NOW, limits=rules()) is None


def test_sun_stands_as_the_almanac_says() -> None:
    # NOAA solar calculator, 27.8 N 121.2 E, 2026-06-21 12:00 +08 (UTC 04:00): elevation 85.5 degrees; night at 00:00 +08.
    assert elevation_deg(datetime(2026, 6, 21, 4, 0, tzinfo=UTC), 27.8, 121.2) == pytest.approx(85.5, abs=0.6)
    assert elevation_deg(datetime(2026, 6, 21, 16, 0, tzinfo=UTC), 27.8, 121.2) < -30


def test_nights_of_two_days_are_two() -> None:
    assert (
        len(list(nights(datetime(2026, 3, 21, 4, tzinfo=UTC), datetime(2026, 3, 23, 4, tzinfo=UTC), 27.8, 121.2))) == 2
    )


def test_place_names_lie_on_or_near_land() -> None:
    land = coast.region(26.6, 120.0, 29.0, 122.6).land
    far = [p.zh for p in place_names() if land.distance(shapely.Point(p.lon_deg, p.lat_deg)) > 0.012]
    assert far == []


@pytest.mark.parametrize(("span_h", "stride"), [(1, 60), (24, 300), (24 * 30, 3600), (24 * 365, 12 * 3600)])
def test_stride_gives_at_most_a_thousand_round_buckets(span_h: int, stride: int) -> None:
    assert stride_s(NOW - timedelta(hours=span_h), NOW, 1000) == stride


def test_zone_form_reads_corners_and_says_what_is_wrong() -> None:
    zone, problem = areas.zone_of("z-1", "名", "closed_area", "27.8, 121.2\n27.9，121.2\n27.9 121.3", "notice", EN)
    assert problem == "" and zone is not None and len(zone["geometry"]["coordinates"][0]) == 4
    for corners in ("27.8, 121.2", "a, b\n1, 2\n3, 4", "95, 121\n27, 121\n27, 122"):
        assert areas.zone_of("z-1", "名", "port", corners, "notice", EN)[1] != ""
    assert "small letters" in areas.zone_of("Z'; drop", "名", "port", "", "s", EN)[1]


def test_season_form_refuses_a_season_that_ends_first() -> None:
    assert (
        areas.season_of("s", "名", "拖网", (26.5, 35), NOW, NOW, "notice", EN)[1]
        == "The season must end after it begins."
    )


def test_gateway_that_lost_records_or_fell_silent_is_not_well() -> None:
    def state(**changes: Any) -> State:
        values: dict[str, Any] = dict(gateway_id="g", farm_id="dt01", name_zh="g", state="online", state_at=NOW, status={"version": "1"}, clock=1,
                                      last_batch_at=NOW, lost_7d=0, health={})  # fmt: skip
        return devices.card(GatewayRow(**(values | changes)), now=NOW, words=EN).state

    assert state() is State.GOOD
    assert state(lost_7d=4) is State.YELLOW and state(last_batch_at=NOW - timedelta(hours=1)) is State.YELLOW
    assert state(state="offline") is State.ORANGE and state(clock=0) is State.YELLOW


def test_storm_begins_at_the_latest_departure_when_the_finding_has_one() -> None:
    row = alert(rule="vessels.storm", values={"latest_departure_at": "2026-11-24T06:00:00+00:00"})
    assert storm.is_storm(row) and storm.onset(row) == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert not storm.is_storm(alert())


def test_closing_is_offered_only_when_it_would_be_taken() -> None:
    assert not may_close(alert(handling="raised", condition="cleared"))
    assert not may_close(alert(rule="vessels.distress", handling="acknowledged"))
    assert may_close(alert(handling="disposed"))
    assert not may_close(alert(handling="disposed", recognition={"state": "proposed", "proposed_by": "a"}))


def test_refusal_is_shown_in_the_readers_language_only() -> None:
    both = "已由周岚处置。Not possible for 1号网箱: 周岚 has it."
    assert in_one_language(both, ZH) == "已由周岚处置。"
    assert in_one_language(both, EN) == "Not possible for 1号网箱: 周岚 has it."
    assert in_one_language("plain words", ZH) == "plain words"


def test_quarantine_piles_up_by_reason_and_numbers_do_not_part_it() -> None:
    rows = [
        QuarantineRow(
            quarantine_id=n,
            received_at=NOW + timedelta(seconds=n),
            gateway_id="gw",
            topic="t",
            reason=f"refused {n} in w{n}" if n < 3 else "other",
            excerpt="",
        )
        for n in range(4)
    ]
    assert [(p.n, p.newest.quarantine_id) for p in piles(rows)] == [(1, 3), (3, 2)]


def test_what_decides_about_the_fish_is_charted_first() -> None:
    rows = [reading("c", q) for q in ("aerator_on", "hs_m", "do_mg_l", "do_mg_l")]
    assert by_interest(rows) == ["do_mg_l", "hs_m", "aerator_on"]


def test_every_action_of_the_trail_has_a_word_or_stays_as_it_is() -> None:
    assert action_word("zone.delete", ZH) == "区域 · 删除"
    assert action_word("signin.web", ZH) == "登录"
    assert action_word("strange", ZH) == "strange"


def test_storm_track_is_drawn_from_now_on_and_rows_without_a_place_are_left_out() -> None:
    points = [
        {"at": (NOW + timedelta(hours=h)).isoformat(), "lat_deg": 20.0 + h / 10, "lon_deg": 125.0}
        for h in (-12, -6, 6, 12)
    ]
    row = StormRow(
        storm_id="s", source="cma", issued_at=NOW, kind="forecast", name_zh="海葵", name_en="Haikui",
        points=[*points, {"at": NOW.isoformat(), "lat_deg": None, "lon_deg": 1.0}, {"at": "x"}],
    )  # fmt: skip
    lines, labels = storm.tracks([row], now=NOW, words=ZH)
    assert [len(line["path"]) for line in lines] == [2, 3]
    assert lines[0]["path"][-1] == lines[1]["path"][0]
    assert len(labels) == 3 and "海葵" in labels[0]["text"] and "海葵" not in labels[1]["text"]


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"connected": True, "silent_s": 3.0}, "接收正常"),
        ({"connected": True, "silent_s": 900.0}, "收不到信号"),
        ({"connected": True, "silent_s": None}, "收不到信号"),
        ({"connected": False, "silent_s": 3.0}, "未连接"),
        ({"connected": True, "silent_s": 3.0, "observed_at": "2026-11-23T08:00:00+00:00"}, "已过时"),
        ({"connected": True, "silent_s": 3.0, "observed_at": "junk"}, "已过时"),
    ],
)
def test_a_receiver_that_hears_nothing_is_never_called_well(told: dict[str, Any], word: str) -> None:
    gateway = GatewayRow(
        gateway_id="gw", farm_id="dt01", name_zh="网关", state="online", state_at=NOW, status={}, clock=1, last_batch_at=NOW, lost_7d=0,
        health={"receiver:rx1": {"observed_at": NOW.isoformat(), "messages_1min": 40, "targets": 7, "max_range_nm": 21.5} | told, "unit:x": {}},
    )  # fmt: skip
    (heard,) = devices.receivers([gateway], now=NOW, words=ZH)
    assert (heard.name, heard.word, heard.per_minute, heard.range_nm) == ("rx1", word, "40", "21.5")


@pytest.mark.parametrize(
    ("text", "number"),
    [(" 412300006 ", 412300006), ("41230000", None), ("41230000x", None), ("４１２３００００６", None), ("", None)],
)
def test_only_nine_digits_are_a_boats_number(text: str, number: int | None) -> None:
    assert boat_number(text) == number


def sea_field(**values: float) -> SeaField:
    axis = np.array([27.0, 27.5, 28.0])
    return SeaField(
        source="x", init_at=NOW, lat_deg=axis, lon_deg=axis + 94, lead_h=np.arange(0.0, 49.0, 6.0),
        values={name: np.full((9, 3, 3), value) for name, value in values.items()},
    )  # fmt: skip


def test_sea_is_tinted_by_its_state_and_the_wind_points_where_it_blows() -> None:
    drawn = sea.picture(sea_field(hs_m=4.5, wind_mps=20.0, wind_dir_deg=90.0), NOW + timedelta(hours=6))
    assert len(drawn.cells) == 1600 and drawn.labels[0] == {"lon": 121.0, "lat": 27.0, "text": "4.5"}
    assert drawn.cells[0]["c"][:3] == [0xA9, 0x5C, 0xC0]
    assert {w["a"] for w in drawn.winds} == {90.0}  # from the east: the arrow lies to the west, a quarter left


def test_sea_beyond_the_run_is_not_drawn() -> None:
    drawn = sea.picture(sea_field(hs_m=4.5, wind_mps=20.0, wind_dir_deg=90.0), NOW + timedelta(hours=60))
    assert (drawn.cells, drawn.labels, drawn.winds) == ([], [], [])


@pytest.mark.parametrize(("hs_m", "step"), [(0.0, 0), (0.49, 0), (2.5, 3), (8.9, 5), (14.0, 6)])
def test_sea_state_is_that_of_the_code_table(hs_m: float, step: int) -> None:
    assert sea.step_of(hs_m) == step


def test_hearing_is_darker_where_more_boats_were_heard() -> None:
    drawn = hearing.cells([HeardCell(south_deg=27.5, west_deg=121.0, n=n) for n in (9, 3, 1)])
    assert drawn[0]["p"][2] == [121.1, 27.6]
    assert len({tuple(cell["c"]) for cell in drawn}) == 3 == len(hearing.legend(Words("zh")))


@pytest.mark.parametrize("count", [3, 400, 20_000])
def test_replay_stands_at_the_first_and_the_last_fix_and_at_not_too_many(count: int) -> None:
    found = targets.stops(count)
    assert found[0] == 0 and found[-1] == count - 1 and len(found) <= targets.MOST_STOPS + 1
    assert found == sorted(set(found))
