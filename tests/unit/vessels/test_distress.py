"""Distress: first message, test messages, one alarm per activation, who is near, drift."""

from dataclasses import replace

import pytest

from core.finding import Condition, Place, Severity
from core.geo import destination
from vessels import distress, distress_signals
from vessels.distress_help import Refuge
from vessels.distress_signals import Activation, DistressRules, Signal
from vessels.fleet import Fleet

from .safety_helpers import AT, boat, minutes, rules

RULES = rules(DistressRules, "distress")
EMPTY = Fleet.of([], at=AT)
SART = "970010119"


def signal(device: str = SART, after_min: float = 0.0, **more: object) -> Signal:
    values = {"lat_deg": 27.9, "lon_deg": 121.4, "nav_status": 14} | more
    return Signal(device=device, observed_at=AT + minutes(after_min), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("SART with status 14", signal()),
        ("man overboard without a status", signal("972010119", nav_status=None)),
        ("EPIRB without a fix", signal("974010119", lat_deg=None, lon_deg=None)),
        ("ordinary ship with status 14", signal("412300001")),
        ("radar dots reported by the operator", signal("radar:17", nav_status=None)),
        ("active text alone", signal(nav_status=None, lat_deg=None, lon_deg=None, text="SART ACTIVE")),
    ],
)
def test_distress_first_message_is_a_red_alarm(case: str, message: Signal) -> None:
    (activation,) = distress_signals.follow({}, [message], RULES).values()
    (finding,) = distress.judge([activation], EMPTY, [], RULES, frozenset(), at=message.observed_at)
    assert finding.rule == "vessels.distress", case
    assert finding.severity is Severity.RED
    assert finding.condition is Condition.ACTIVE


@pytest.mark.parametrize(
    "messages",
    [
        [signal(nav_status=15)],
        [signal(nav_status=None, lat_deg=None, lon_deg=None, text="SART TEST")],
        [signal("972010119", nav_status=15), signal("972010119", after_min=0.1, nav_status=None, text="MOB TEST")],
    ],
)
def test_distress_test_message_is_a_test_event_only(messages: list[Signal]) -> None:
    activations = distress_signals.follow({}, messages, RULES).values()
    (finding,) = distress.judge(activations, EMPTY, [], RULES, frozenset(), at=AT + minutes(1))
    assert finding.rule == "vessels.distress_test"
    assert finding.severity is Severity.BLUE
    assert finding.key.startswith("vessels.distress_test:")


def test_distress_ordinary_ship_not_in_distress_is_passed_over() -> None:
    assert (
        distress_signals.follow({}, [signal("412300001", nav_status=0), signal("412300002", nav_status=15)], RULES)
        == {}
    )


def test_distress_bursts_of_one_activation_keep_one_key() -> None:
    bursts = [signal(after_min=m + s / 60) for m in range(30) for s in range(0, 16, 2)]
    (activation,) = distress_signals.follow({}, bursts, RULES).values()
    assert activation.messages == 240
    keys = {
        f.key
        for m in range(30)
        for f in distress.judge([activation], EMPTY, [], RULES, frozenset(), at=AT + minutes(m))
    }
    assert keys == {activation.key}


def test_distress_closed_by_a_person_stays_silent_until_a_new_activation() -> None:
    (activation,) = distress_signals.follow({}, [signal()], RULES).values()
    announced = replace(activation, announced=True)
    again = distress_signals.follow({SART: announced}, [signal(after_min=20)], RULES)
    assert distress.judge(again.values(), EMPTY, [], RULES, frozenset(), at=AT + minutes(20)) == []
    anew = distress_signals.follow(again, [signal(after_min=200)], RULES)
    (finding,) = distress.judge(anew.values(), EMPTY, [], RULES, frozenset(), at=AT + minutes(200))
    assert finding.key != activation.key


def test_distress_silence_never_clears() -> None:
    (activation,) = distress_signals.follow({}, [signal()], RULES).values()
    key = activation.key
    assert distress.judge([activation], EMPTY, [], RULES, frozenset({key}), at=AT + minutes(500)) == []


def test_distress_test_then_real_is_a_new_alarm_at_once() -> None:
    tested = distress_signals.follow({}, [signal(nav_status=15)], RULES)
    real = distress_signals.follow(tested, [signal(after_min=5)], RULES)
    (finding,) = distress.judge(real.values(), EMPTY, [], RULES, frozenset(), at=AT + minutes(5))
    assert finding.rule == "vessels.distress"


def test_distress_alarm_then_test_text_is_retracted() -> None:
    first = distress_signals.follow({}, [signal(nav_status=None)], RULES)
    key = first[SART].key
    then = distress_signals.follow(first, [signal(after_min=0.5, nav_status=None, text="SART TEST")], RULES)
    found = distress.judge(then.values(), EMPTY, [], RULES, frozenset({key}), at=AT + minutes(1))
    assert {(f.key, f.condition) for f in found} == {
        (key, Condition.CLEARED),
        (key.replace("distress", "distress_test"), Condition.ACTIVE),
    }


def test_distress_late_test_text_does_not_silence_a_real_alarm() -> None:
    first = distress_signals.follow({}, [signal()], RULES)
    then = distress_signals.follow(first, [signal(after_min=10, nav_status=None, text="SART TEST")], RULES)
    assert then[SART].is_test is False


def test_distress_drift_is_measured_from_the_first_fix() -> None:
    lat, lon = destination(27.9, 121.4, 45.0, 0.5)
    moved = distress_signals.follow({}, [signal(), signal(after_min=30, lat_deg=lat, lon_deg=lon)], RULES)[SART]
    far_nm, bearing, speed_kn = distress_signals.drift(moved) or (0.0, 0.0, 0.0)
    assert far_nm == pytest.approx(0.5, abs=1e-6)
    assert bearing == pytest.approx(45.0, abs=0.01)
    assert speed_kn == pytest.approx(1.0, abs=1e-6)


def test_distress_late_older_fix_does_not_move_the_casualty_back() -> None:
    got = distress_signals.follow({}, [signal(after_min=5, lat_deg=28.0)], RULES)
    late = distress_signals.follow(got, [signal(after_min=2, lat_deg=27.0)], RULES)[SART]
    assert late.last == Place(lat_deg=28.0, lon_deg=121.4)


def test_distress_alarm_names_nearest_boat_cage_and_station_with_time() -> None:
    near_lat, near_lon = destination(27.9, 121.4, 90.0, 2.0)
    far_lat, far_lon = destination(27.9, 121.4, 0.0, 6.0)
    fleet = Fleet.of(
        [boat(412300001, near_lat, near_lon, 10.0, 0.0), boat(412300002, far_lat, far_lon, 0.0, 0.0)], at=AT
    )
    cage = Refuge(id="dt01-c01", name_zh="一号网箱", name_en="cage 1", lat_deg=27.9, lon_deg=121.35)
    place = Place(lat_deg=27.9, lon_deg=121.4)
    found = distress.helpers(place, fleet, [cage], RULES)
    assert [h.kind for h in found] == ["boat", "boat", "cage", "station"]
    assert found[0].range_nm == pytest.approx(2.0, abs=1e-6)
    assert found[0].bearing_deg == pytest.approx(90.0, abs=0.1)
    assert found[0].time_min == pytest.approx(12.0, abs=1e-3)
    assert found[1].time_min == pytest.approx(45.0, abs=1e-3)  # lying still: 8 kn is assumed
    finding = distress.judge([_located()], fleet, [cage], RULES, frozenset(), at=AT)[0]
    assert "12分钟" in finding.advice_zh
    assert finding.values["helper_0_range_nm"] == 2.0


def _located() -> Activation:
    return distress_signals.follow({}, [signal()], RULES)[SART]


def said(text: str, device: str = "412300001") -> Signal:
    return signal(device, lat_deg=None, lon_deg=None, nav_status=None, text=text)


@pytest.mark.parametrize(
    "text",
    ["MAYDAY", "MAYDAY MAYDAY DE ZHEDONGYU 00001", "sos", "ENGINE ROOM ON FIRE", "WE ARE SINKING 27-50N", "QIU JIU",
     "MAYDAY RELAY, MAN OVERBOARD"],
)  # fmt: skip
def test_call_for_help_in_words_is_an_alarm_from_anybody(text: str) -> None:
    (activation,) = distress_signals.follow({}, [said(text)], RULES).values()
    fleet = Fleet.of([boat(412300001, 27.9, 121.4)], at=AT)
    (finding,) = distress.judge([activation], fleet, [], RULES, frozenset(), at=AT)
    assert (finding.severity, finding.rule) == (Severity.RED, distress.RULE)
    assert finding.place is not None, "a call without a position stands where the caller was last heard"
    assert finding.place.lat_deg == pytest.approx(27.9)


@pytest.mark.parametrize(
    "text",
    ["", "GOOD MORNING", "MAYDAYS ARE HOLIDAYS", "SOSO", "MAYDAY CANCELLED", "FALSE ALARM MAYDAY", "FIRE DRILL ON DECK",
     "SEELONCE FEENEE MAYDAY"],
)  # fmt: skip
def test_words_that_are_no_call_or_are_taken_back_raise_nothing(text: str) -> None:
    assert distress_signals.follow({}, [said(text)], RULES) == {}


def test_call_for_help_that_says_test_is_a_test() -> None:
    (activation,) = distress_signals.follow({}, [said("MAYDAY TEST")], RULES).values()
    assert activation.is_test
