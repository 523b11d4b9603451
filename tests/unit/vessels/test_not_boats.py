"""What is no boat is never called one, however it is numbered and named; and who was heard without a position."""

from datetime import timedelta
from itertools import product

import pytest

from core.mmsi import MmsiClass, classify, mid
from core.position import PositionSource
from core.target import TargetClass
from tests.unit.vessels.cast import AT, NAMES, RULES, a_boat, a_picture, others, verdict_of
from vessels.picture import Movement, Picture, unplaced
from vessels.register import Register
from vessels.reports import OtherReport, StaticReport, contacts
from vessels.statics import Statics
from vessels.verdict import judge

# Names that net buoys of the East and South China Seas send: battery in per cent or volts, the net's or the owner's
# letters and numbers, the boat's name with a number behind, a lone number, nothing.
BUOY_NAMES = (
    "NET MARK 87%", "12345-67%", "11.8V", "BUOY 12", "FISHING NET 5", "1-87%", "8458-04", "ZHEDONGYU12345-07",
    "MINSHIYU06256-04", "LL-07-88", "LY-12 V12.5", "BAT 85", "XIN 08-05-100%", "ZHEXIANGYU4 98%", "V:3.9",
    "B12-11.9V", "9-9-9", "A1", "W12", "LIN 5", "888", "95", None, "M12345",
)  # fmt: skip
SAYS_BUOY = frozenset(BUOY_NAMES[:17])
BUOY_NUMBERS = (
    412555555, 413912345, 100900045, 150400001, 200000010, 900123456, 989412345, 984125550, 812345678, 841255555, 12345,
    1193046, 4123456, 41255555, 412000000, 351123456, 477123456, 975123456, 699999999, 994121234,
)  # fmt: skip
DRIFTING = Movement(
    n=60, span_s=7200, interval_s=127.0, sog_median_kn=1.0, sog_high_kn=2.0, stopped=0.2, drifting=0.8, extent_nm=3.0
)
IN_THE_RACE = Movement(
    n=60, span_s=7200, interval_s=127.0, sog_median_kn=2.0, sog_high_kn=4.0, drifting=0.5, fishing=0.9, extent_nm=6.0
)
ON_DECK = Movement(n=60, span_s=7200, interval_s=127.0, sog_median_kn=8.0, sog_high_kn=12.0, under_way=0.9, extent_nm=9)
MOORED = Movement(n=60, span_s=7200, interval_s=285.0, sog_median_kn=0.2, sog_high_kn=0.2, stopped=1.0, extent_nm=0.05)
REGISTER = Register([a_boat(), *others()], NAMES)
NO_BOAT = frozenset({TargetClass.GEAR_BUOY, TargetClass.ATON, TargetClass.BASE_STATION, TargetClass.SAR_AIRCRAFT})
NOT_SAID = NO_BOAT | {TargetClass.UNKNOWN, TargetClass.UNIDENTIFIED}


@pytest.mark.parametrize("moved", [DRIFTING, IN_THE_RACE, ON_DECK, MOORED], ids=["drift", "race", "deck", "moored"])
def test_buoy_is_never_accused_whatever_its_name_number_and_movement(moved: Movement) -> None:
    for name, mmsi, size, kind in product(BUOY_NAMES, BUOY_NUMBERS, (None, (1, 1), (2, 2)), (None, 30)):
        for parts in (("24A", "24B"), ("24A",)):
            picture = a_picture(mmsi=mmsi, name=name, size=size, ship_type=kind, parts=parts, movement=moved)
            verdict = judge(picture, REGISTER, RULES, AT)
            allowed = NOT_SAID | ({TargetClass.FOREIGN} if parts == ("24A",) or moved is ON_DECK else set())
            assert verdict.target_class in allowed, (name, mmsi, size, kind, parts, verdict.path)


@pytest.mark.parametrize("size", [None, (1, 1), (8, 3)], ids=["no size", "1 m", "a made-up size"])
def test_drifter_that_says_buoy_is_a_buoy_on_any_number(size: tuple[int, int] | None) -> None:
    for name, mmsi in product(SAYS_BUOY, BUOY_NUMBERS):
        picture = a_picture(mmsi=mmsi, name=name, size=size, ship_type=None, movement=DRIFTING)
        verdict = judge(picture, REGISTER, RULES, AT)
        assert verdict.target_class in NO_BOAT, (name, mmsi, verdict.path)


def test_buoy_on_the_number_of_its_boat_makes_no_buoy_of_the_boat() -> None:
    boat = a_picture(sog_kn=8.0)
    for name in ("ZHEDONGYU12345 85%", "NET 3"):
        boat.statics.add(StaticReport(mmsi=boat.mmsi, observed_at=AT, part="24A", ais_class="B", name=name))
        assert verdict_of(boat).target_class is TargetClass.REGISTERED


@pytest.mark.parametrize(
    ("mmsi", "sources", "moved", "expected"),
    [
        (994121234, {PositionSource.AIS_B}, MOORED, TargetClass.ATON),
        (994136001, {PositionSource.AIS_ATON}, MOORED, TargetClass.ATON),
        (412345670, {PositionSource.AIS_ATON, PositionSource.AIS_B}, MOORED, TargetClass.ATON),
        (4123456, {PositionSource.AIS_BASE}, MOORED, TargetClass.BASE_STATION),
        (4123456, {PositionSource.AIS_B}, MOORED, TargetClass.BASE_STATION),
        (413555000, {PositionSource.AIS_BASE}, MOORED, TargetClass.BASE_STATION),
        (111413500, {PositionSource.AIS_SAR}, ON_DECK, TargetClass.SAR_AIRCRAFT),
        (413000123, {PositionSource.AIS_SAR}, ON_DECK, TargetClass.SAR_AIRCRAFT),
        (970412345, {PositionSource.AIS_SART}, DRIFTING, TargetClass.DISTRESS),
        (972412345, {PositionSource.AIS_A}, DRIFTING, TargetClass.DISTRESS),
        (974412345, {PositionSource.AIS_A}, DRIFTING, TargetClass.DISTRESS),
    ],
)
def test_station_is_known_by_number_or_message(
    mmsi: int, sources: set[PositionSource], moved: Movement, expected: TargetClass
) -> None:
    picture = a_picture(mmsi=mmsi, name=None, size=None, parts=(), sources=frozenset(sources), movement=moved)
    assert verdict_of(picture).target_class is expected


def test_ship_that_answers_once_as_a_base_station_stays_a_ship() -> None:
    picture = a_picture(sources=frozenset({PositionSource.AIS_B, PositionSource.AIS_BASE}))
    assert verdict_of(picture).target_class is TargetClass.REGISTERED


def test_boat_whose_number_lost_two_digits_is_no_base_station_once_she_makes_way() -> None:
    assert verdict_of(a_picture(mmsi=4120001, movement=ON_DECK)).target_class is TargetClass.MISCONFIGURED


@pytest.mark.parametrize(
    ("mmsi", "expected"),
    [
        (984120001, TargetClass.UNKNOWN), (841255555, TargetClass.UNKNOWN), (980000123, TargetClass.UNREGISTERED),
        (800000123, TargetClass.UNREGISTERED),
    ],
    ids=["craft of a parent", "handheld radio", "98 without a country", "8 without a country"],
)  # fmt: skip
def test_number_of_a_helper_has_no_papers_but_a_made_up_one_is_a_boats(mmsi: int, expected: TargetClass) -> None:
    assert verdict_of(a_picture(mmsi=mmsi, name=None, size=(9, 3), sog_kn=8.0)).target_class is expected


def test_craft_of_a_registered_parent_is_hers() -> None:
    craft = a_picture(mmsi=984120001, name=None, size=None, sog_kn=8.0)
    craft.statics.add(
        StaticReport(mmsi=984120001, observed_at=AT, part="24B", ais_class="B", parent_mmsi=412000123)
    )  # fmt: skip
    verdict = verdict_of(craft)
    assert verdict.target_class is TargetClass.REGISTERED
    assert "浙洞渔12345" in verdict.reasons_zh[0]


def test_nobody_is_accused_without_a_register_nor_a_ship_too_large_nor_an_aircraft() -> None:
    nameless = a_picture(mmsi=412555555, name=None)
    assert verdict_of(nameless).target_class is TargetClass.UNREGISTERED
    assert judge(nameless, Register([], NAMES), RULES, AT).target_class is TargetClass.UNKNOWN
    large = a_picture(mmsi=412555555, name=None, ship_type=None, size=(180, 30))
    assert verdict_of(large).target_class is TargetClass.UNKNOWN
    fast = Movement(n=60, span_s=7200, interval_s=10.0, sog_median_kn=102.2, sog_high_kn=102.2, under_way=1.0)
    assert verdict_of(a_picture(mmsi=412555555, name=None, movement=fast)).target_class is TargetClass.UNKNOWN


@pytest.mark.parametrize(
    ("mmsi", "kind", "country"),
    [
        (412345678, MmsiClass.SHIP, 412),
        (4123456, MmsiClass.COAST, 412),
        (12345, MmsiClass.UNIDENTIFIABLE, None),
        (41234567, MmsiClass.GROUP, 412),
        (812345678, MmsiClass.UNIDENTIFIABLE, None),
        (841234567, MmsiClass.HANDHELD, 412),
        (984123456, MmsiClass.CRAFT, 412),
        (980000001, MmsiClass.UNIDENTIFIABLE, None),
        (994121234, MmsiClass.ATON, 412),
        (990000001, MmsiClass.ATON, None),
        (111412345, MmsiClass.SAR_AIRCRAFT, 412),
        (970123456, MmsiClass.SART, None),
        (979123456, MmsiClass.AMRD, None),
        (199412345, MmsiClass.UNIDENTIFIABLE, None),
        (0, MmsiClass.UNIDENTIFIABLE, None),
        (4_123_456_789, MmsiClass.UNIDENTIFIABLE, None),
    ],
)
def test_number_formats(mmsi: int, kind: MmsiClass, country: int | None) -> None:
    assert (classify(mmsi), mid(mmsi)) == (kind, country)


# ------------------------------------------------------------------------------------------ heard, never placed


def _unplaced(mmsi: int, *types: int, name: str | None = None) -> Picture:
    statics = Statics()
    if name is not None:
        statics.add(StaticReport(mmsi=mmsi, observed_at=AT, part="5", ais_class="A", name=name))
    return unplaced(mmsi, statics, types, AT - timedelta(minutes=30), AT)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (_unplaced(412000123, 5, name="ZHEDONGYU12345"), TargetClass.REGISTERED),
        (_unplaced(412000123, 5, name="MINSHIYU04444"), TargetClass.UNKNOWN),
        (_unplaced(412555555, 5, name="ZHEDONGYU77777"), TargetClass.UNKNOWN),
        (_unplaced(412555555, 5, name=""), TargetClass.UNKNOWN),
        (_unplaced(412555555, 1), TargetClass.UNKNOWN),
        (_unplaced(351000001, 5, name="OCEAN STAR"), TargetClass.FOREIGN),
        (_unplaced(412555555, 24, name="NET MARK 87%"), TargetClass.GEAR_BUOY),
        (_unplaced(4123456, 20), TargetClass.BASE_STATION),
        (_unplaced(412555555, 20), TargetClass.BASE_STATION),
        (_unplaced(994121234, 8), TargetClass.ATON),
        (_unplaced(412555555, 21), TargetClass.ATON),
        (_unplaced(111412345, 9), TargetClass.SAR_AIRCRAFT),
        (_unplaced(970412345, 14), TargetClass.DISTRESS),
    ],
    ids=lambda value: value.value if isinstance(value, TargetClass) else f"{value.mmsi} {value.name}",
)
def test_target_without_a_position_has_a_verdict_and_is_never_accused(picture: Picture, expected: TargetClass) -> None:
    verdict = judge(picture, REGISTER, RULES, AT)
    assert verdict.target_class is expected, verdict.reasons_en
    assert not verdict.is_suspicion
    assert (verdict.lat_deg, verdict.lon_deg, verdict.bbox) == (None, None, None)


def test_contacts_join_what_each_number_was_heard_by() -> None:
    later = AT + timedelta(hours=1)
    heard = contacts(
        [StaticReport(mmsi=1, observed_at=later, part="24A", ais_class="B")],
        [OtherReport(mmsi=1, observed_at=AT, message_type=8), OtherReport(mmsi=2, observed_at=AT, message_type=20)],
    )
    assert (heard[1].first_at, heard[1].last_at, heard[1].types) == (AT, later, frozenset({8, 24}))
    assert heard[2].types == frozenset({20})
