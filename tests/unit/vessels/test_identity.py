"""Names, register and verdict: who a boat is, case by case, and that nothing unknown ever accuses."""

import contextlib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.position import PositionSource
from core.target import LimbState, TargetClass
from tests.unit.vessels.cast import AT, NAMES, RULES, a_boat, a_picture, far, verdict_of
from vessels import names
from vessels.fictitious import generate
from vessels.gearbuoy import is_buoy, points
from vessels.names import NameMatch
from vessels.picture import Elsewhere, Movement, Picture
from vessels.register import Register, RegisterError, read_csv, write_csv
from vessels.verdict import judge

# ---------------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("浙洞渔12345", "ZHEDONGYU12345", NameMatch.SAME),
        ("浙洞渔12345", "ZHE DONG YU 12345", NameMatch.SAME),
        ("浙洞渔12345", "zhe-dong-yu 12345", NameMatch.SAME),
        ("浙洞渔１２３４５", "ZHEDONGYU12345", NameMatch.SAME),
        ("浙岭渔12345", "ZHELINYU12345", NameMatch.SAME),
        ("浙乐渔12345", "ZHEYUEYU12345", NameMatch.SAME),
        ("浙乐渔12345", "ZHELEYU12345", NameMatch.SAME),
        ("浙苍渔0666", "ZHECANGYU0666", NameMatch.SAME),
        ("浙苍渔0666", "ZHECANGYU666", NameMatch.NEAR),
        ("LURONGYU50788", "LURONGYU0788", NameMatch.NEAR),
        ("浙洞渔12345", "ZHEDONGYU12346", NameMatch.NEAR),
        ("浙洞渔12345", "ZHEDONYU12345", NameMatch.NEAR),
        ("浙洞渔12345", "ZHEDONGYU54321", NameMatch.OTHER),
        ("浙洞渔12345", "ZHECANGYU12345", NameMatch.NEAR),
        ("浙洞渔12345", "MINSHIYU12345", NameMatch.OTHER),
    ],
)
def test_names_compare_as_a_person_would(one: str, other: str, expected: NameMatch) -> None:
    assert names.compare(one, other, NAMES) is expected


@pytest.mark.parametrize("text", ["", "   ", "NONAME", "0000", "YU 885", "12345", "@@@@", "XXXXXX", "测试"[:0]])
def test_factory_settings_are_no_names(text: str) -> None:
    assert not names.is_name(text, NAMES)


def test_all_readings_of_an_ambiguous_county_are_kept() -> None:
    assert names.readings("浙乐渔12345", NAMES) == {"ZHEYUEYU12345", "ZHELEYU12345"}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_parsed_or_refused_without_an_error(text: str) -> None:
    parsed = names.parse(text, NAMES)
    assert parsed is None or parsed.digits.isdigit()
    names.compare(text, "浙洞渔12345", NAMES)


# ------------------------------------------------------------------------------------------------- register


def test_register_file_lists_every_bad_row_and_keeps_the_others() -> None:
    data = (
        "name_zh,mmsi,length_m,inspection_until\n"
        "浙洞渔10001,412000001,20,2027-12-31\n"
        ",412000002,20,\n"
        "浙洞渔10003,41200,20,\n"
        "浙洞渔10004,412000001,20,\n"
        "浙洞渔10005,412000005,long,\n"
        "浙洞渔10006,412000006,20,soon\n"
        "浙洞渔10007,,,\n"
    ).encode()
    file = read_csv(data)
    assert [row.name_zh for row in file.rows] == ["浙洞渔10001", "浙洞渔10007"]
    assert [(p.line, p.column) for p in file.problems] == [
        (3, "name_zh"), (4, "mmsi"), (5, "mmsi"), (6, "length_m"), (7, "inspection_until"),
    ]  # fmt: skip
    assert all(str(p.line) in p.zh and str(p.line) in p.en for p in file.problems)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_register_file_of_chinese_excel_is_read(encoding: str) -> None:
    assert read_csv("name_zh,port\n浙洞渔10001,洞头\n".encode(encoding)).rows[0].port == "洞头"


@pytest.mark.parametrize(
    "data", [b"\x00\x01PK", b"", b"a,b\n1,2\n", "name_zh,colour\n浙洞渔1,red\n".encode()],
    ids=["binary", "empty", "no name column", "unknown column"],
)  # fmt: skip
def test_register_file_that_is_none_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(RegisterError) as refused:
        read_csv(data)
    assert len(str(refused.value)) > 20


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_as_register_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(RegisterError):
        read_csv(b"name_zh,mmsi\n" + data)


def test_generated_register_survives_the_trip_through_csv() -> None:
    rows = generate(300, seed=4, today=date(2026, 1, 1), rules=NAMES)
    file = read_csv(write_csv(rows).encode())
    assert file.problems == ()
    assert [r.particulars() for r in file.rows] == [r.particulars() for r in rows]
    assert rows == generate(300, seed=4, today=date(2026, 1, 1), rules=NAMES)
    assert all(r.owner_phone is not None and r.owner_phone.startswith("1990000") for r in rows)


def test_register_is_asked_as_of_the_time_of_the_sighting() -> None:
    old = a_boat(mmsi=412000001, valid_until=AT)
    new = a_boat(mmsi=412000009, version=2, valid_from=AT)
    register = Register([old, new], NAMES)
    assert register.by_mmsi(412000001, AT - timedelta(days=1)) == (old,)
    assert register.by_mmsi(412000001, AT) == ()
    assert register.by_name("ZHE DONG YU 12345", AT) == (new,)


# -------------------------------------------------------------------------------------------------- verdict


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (a_picture(), TargetClass.REGISTERED),
        (a_picture(name=None, parts=()), TargetClass.REGISTERED),
        (a_picture(name="ZHEDONGYU1234"), TargetClass.REGISTERED),
        (a_picture(name="MINSHIYU04444"), TargetClass.BORROWED_IDENTITY),
        (a_picture(size=(60, 11)), TargetClass.BORROWED_IDENTITY),
        (a_picture(mmsi=412777777, namesakes=far(412000123)), TargetClass.BORROWED_IDENTITY),
        (a_picture(mmsi=412777777), TargetClass.BORROWED_IDENTITY),
        (a_picture(mmsi=412000124), TargetClass.MISCONFIGURED),
        (a_picture(mmsi=123456789), TargetClass.MISCONFIGURED),
        (a_picture(mmsi=111111111), TargetClass.MISCONFIGURED),
        (a_picture(mmsi=0), TargetClass.MISCONFIGURED),
        (a_picture(mmsi=351000001), TargetClass.MISCONFIGURED),
        (a_picture(siblings=far(412000123)), TargetClass.SHARED_MMSI),
        (a_picture(mmsi=412555555, name=None), TargetClass.UNREGISTERED),
        (a_picture(mmsi=412555555, name="YU 1"), TargetClass.UNREGISTERED),
        (a_picture(mmsi=412555555, name="ZHEDONGYU77777"), TargetClass.UNREGISTERED),
        (a_picture(mmsi=900123456, name=None, size=(14, 4), sog_kn=8.0), TargetClass.UNREGISTERED),
        (a_picture(mmsi=412555555, name="ZHEDONGYU12354"), TargetClass.UNREGISTERED),
        (a_picture(mmsi=412555555, name="ZHEDONGYU12346"), TargetClass.UNIDENTIFIED),
        (a_picture(mmsi=412555555, name="MINSHIYU04444"), TargetClass.UNKNOWN),
        (a_picture(mmsi=412555555, name=None, parts=()), TargetClass.UNKNOWN),
        (a_picture(mmsi=412555555, name="XINHAI 8", ship_type=70), TargetClass.MERCHANT),
        (a_picture(mmsi=351000001, name="OCEAN STAR", ship_type=70), TargetClass.FOREIGN),
        (a_picture(mmsi=900123456, name="NET MARK 87%", size=None, sog_kn=0.6), TargetClass.GEAR_BUOY),
        (a_picture(mmsi=412555556, name="8458-04", size=None, sog_kn=0.6), TargetClass.GEAR_BUOY),
        (a_picture(mmsi=412555557, name="W3@@12V0", size=None, sog_kn=7.0), TargetClass.GEAR_BUOY),
        (a_picture(mmsi=994126001, name="BUOY 3"), TargetClass.ATON),
        (a_picture(mmsi=412555555, source=PositionSource.AIS_ATON), TargetClass.ATON),
        (a_picture(mmsi=4126500, source=PositionSource.AIS_BASE), TargetClass.BASE_STATION),
        (a_picture(mmsi=111412500, source=PositionSource.AIS_SAR), TargetClass.SAR_AIRCRAFT),
        (a_picture(mmsi=979412345, name="ZHEDONGYU77777", sog_kn=8.0), TargetClass.GEAR_BUOY),
        (a_picture(mmsi=970123456, name=None, parts=(), source=PositionSource.AIS_SART), TargetClass.DISTRESS),
    ],
    ids=lambda value: value.value if isinstance(value, TargetClass) else f"{value.mmsi} {value.name}",
)
def test_verdict_class_of_each_kind(picture: Picture, expected: TargetClass) -> None:
    verdict = verdict_of(picture)
    assert verdict.target_class is expected, verdict.reasons_en
    assert 0 < verdict.probability < 1
    assert len(verdict.reasons_zh) == len(verdict.reasons_en) >= 1


def test_registered_boat_with_expired_certificate_is_registered_with_a_failed_limb() -> None:
    verdict = verdict_of(a_picture(), a_boat(inspection_until=date(2026, 1, 1)))
    assert verdict.target_class is TargetClass.REGISTERED
    assert verdict.limbs["certificate"].state is LimbState.FAILED
    assert "检验证书" in verdict.limbs["certificate"].reason_zh
    assert verdict.limbs["port"].state is LimbState.SATISFIED


def test_certificate_is_judged_on_the_day_of_the_sighting_in_china() -> None:
    """At 04:00 UTC it is the 20th in China: a paper whose last day is the 20th still holds, the 19th does not."""
    assert (
        verdict_of(a_picture(), a_boat(permit_until=date(2026, 11, 20))).limbs["certificate"].state
        is LimbState.SATISFIED
    )
    assert (
        verdict_of(a_picture(), a_boat(permit_until=date(2026, 11, 19))).limbs["certificate"].state is LimbState.FAILED
    )


def test_unregistered_boat_fails_all_three_limbs_with_reasons_in_both_languages() -> None:
    verdict = verdict_of(a_picture(mmsi=412555555, name="ZHEDONGYU77777"))
    assert {n: limb.state for n, limb in verdict.limbs.items()} == {
        "name": LimbState.FAILED, "certificate": LimbState.FAILED, "port": LimbState.FAILED, "match": LimbState.UNKNOWN,
    }  # fmt: skip
    assert verdict.target_class.zh.startswith("疑似")
    assert all(limb.reason_zh and limb.reason_en for limb in verdict.limbs.values())


def test_exempt_boat_is_on_its_own_list() -> None:
    verdict = verdict_of(a_picture(), a_boat(exempt_kind="farm", permit_until=None))
    assert verdict.target_class is TargetClass.EXEMPT
    assert verdict.limbs["certificate"].state is LimbState.SATISFIED


def test_boat_may_use_the_second_number_that_the_register_gives_it() -> None:
    boat = a_boat(extra_mmsi=(412000500,))
    beside = (Elsewhere(target_id="412000123", mmsi=412000123, distance_nm=0.0, at=AT),)
    assert verdict_of(a_picture(mmsi=412000500, companions=beside), boat).target_class is TargetClass.REGISTERED


def test_unknown_number_always_beside_a_registered_boat_is_one_boat_with_several_numbers() -> None:
    beside = (Elsewhere(target_id="412000123", mmsi=412000123, distance_nm=0.0, at=AT),)
    verdict = verdict_of(a_picture(mmsi=412555555, name="YU 1", companions=beside))
    assert verdict.target_class is TargetClass.SEVERAL_MMSI


def test_few_reports_keep_a_suspicion_below_what_is_raised() -> None:
    verdict = verdict_of(a_picture(mmsi=412555555, name=None, n=3))
    assert verdict.target_class is TargetClass.UNREGISTERED
    assert verdict.probability < RULES.screening.live.raise_at


def test_fishing_boat_with_an_odd_number_is_no_buoy() -> None:
    """Half of the region's class B fishing boats have odd numbers: size and speed decide, not the number."""
    picture = a_picture(mmsi=900123456, name="ZHEDONGYU77777", size=(18, 4), sog_kn=3.5)
    assert not is_buoy(points(picture, RULES), RULES)


def test_hong_kong_vessel_is_not_called_foreign_in_chinese() -> None:
    verdict = verdict_of(a_picture(mmsi=477000001, name="STAR", ship_type=70))
    assert verdict.target_class is TargetClass.FOREIGN
    assert "中国香港" in verdict.reasons_zh[0]
    assert "外国" not in verdict.reasons_zh[0]


@settings(max_examples=150, deadline=None)
@given(
    mmsi=st.integers(0, 999_999_999), name=st.one_of(st.none(), st.text("ABCDEYUZHEDONG0123456789 -%@V", max_size=20)),
    size=st.one_of(st.none(), st.tuples(st.integers(1, 400), st.integers(1, 60))),
    ship_type=st.one_of(st.none(), st.integers(1, 99)), sog=st.floats(0, 60), n=st.integers(1, 500),
)  # fmt: skip
def test_any_target_gets_a_verdict_and_no_register_never_accuses_a_named_boat(
    mmsi: int, name: str | None, size: tuple[int, int] | None, ship_type: int | None, sog: float, n: int
) -> None:
    picture = a_picture(mmsi=mmsi, name=name, size=size, ship_type=ship_type, sog_kn=sog, n=n)
    verdict = judge(picture, Register([], NAMES), RULES, AT)
    assert 0 < verdict.probability < 1
    parsed = names.parse(name or "", NAMES)
    if parsed is not None:
        assert verdict.target_class is not TargetClass.UNREGISTERED, "an empty register covers no county"


@pytest.mark.parametrize("parts", [(), ("24A",)], ids=["nothing said", "a name, no size yet"])
def test_number_of_the_buoy_range_alone_makes_no_buoy_before_its_particulars_had_time_to_come(
    parts: tuple[str, ...],
) -> None:
    brief = Movement(n=1, span_s=0.0, sog_median_kn=3.0, sog_high_kn=3.0)
    for mmsi in (900123456, 222222222, 0):
        picture = a_picture(mmsi=mmsi, name="17504", parts=parts, movement=brief)
        assert verdict_of(picture).target_class is not TargetClass.GEAR_BUOY


def test_empty_name_is_no_suspicion_to_raise_before_a_second_name_message_could_come() -> None:
    brief = Movement(n=12, span_s=330.0, interval_s=30.0, sog_median_kn=3.0, sog_high_kn=3.0)
    verdict = verdict_of(a_picture(mmsi=412555555, name=None, movement=brief))
    assert verdict.target_class is TargetClass.UNREGISTERED
    assert verdict.probability < RULES.screening.live.raise_at
    assert verdict_of(a_picture(mmsi=412555555, name=None)).probability >= RULES.screening.live.raise_at


_TIDE = Movement(
    n=60, span_s=7200, interval_s=120.0, sog_median_kn=2.0, sog_high_kn=3.0, drifting=0.5, fishing=0.8, extent_nm=3.0
)


@pytest.mark.parametrize("size", [None, (1, 1)], ids=["no size", "1 m"])
@pytest.mark.parametrize("mmsi", [412555555, 413912345, 200000010, 123456789, 107123456])
@pytest.mark.parametrize(
    "name", ["ZHEDONGYU12345", "ZHEDONGYU77777", "W12", "DJ-07-88", "WANG 12", "95", None, "MINSHIYU06256-04"]
)
def test_drifter_without_a_hull_is_never_accused_whatever_its_name(
    name: str | None, mmsi: int, size: tuple[int, int] | None
) -> None:
    """Net buoys bear their boat's name, or their owner's letters, and share numbers."""
    picture = a_picture(mmsi=mmsi, name=name, size=size, movement=_TIDE, namesakes=far(412000123))
    for ship_type in (None, 30):
        verdict = verdict_of(replace(picture, siblings=far(mmsi) if ship_type else ()))
        assert not verdict.is_suspicion
        assert verdict.target_class is not TargetClass.MISCONFIGURED


@pytest.mark.parametrize(
    "name", ["FISHNET", "YUBIAO 3", "A05 99%", "11.9V", "LY-12 V12.5", "WW888-12 3.9V", "88888-01", "2390-07-90"]
)
def test_buoys_name_on_a_ship_number_is_a_buoy(name: str) -> None:
    assert verdict_of(a_picture(mmsi=412555555, name=name, size=None, sog_kn=0.6)).target_class is TargetClass.GEAR_BUOY


def test_buoy_that_rides_home_on_a_deck_is_not_accused_of_being_the_boat() -> None:
    verdict = verdict_of(a_picture(mmsi=412555555, name="W9", size=(2, 2), sog_kn=8.0))
    assert not verdict.is_suspicion


def test_nameless_number_beside_a_registered_boat_waits_until_she_is_known_to_be_another() -> None:
    beside = (Elsewhere(target_id="412000123", mmsi=412000123, distance_nm=0.0, at=AT),)
    verdict = verdict_of(a_picture(mmsi=412555555, name=None, beside=beside))
    assert verdict.target_class is TargetClass.UNKNOWN
    assert "浙洞渔12345" in verdict.reasons_zh[0]
    strangers = (Elsewhere(target_id="412666666", mmsi=412666666, distance_nm=0.0, at=AT),)
    alone = verdict_of(a_picture(mmsi=412555555, name=None, beside=strangers))
    assert alone.target_class is TargetClass.UNREGISTERED, "two devices outside of the register clear nobody"


@pytest.mark.parametrize("name", [None, "17504"], ids=["empty name", "filler"])
def test_drifter_on_a_buoy_number_whose_size_has_not_come_is_neither_buoy_nor_accused(name: str | None) -> None:
    brief = Movement(n=2, span_s=60.0, sog_median_kn=1.0, sog_high_kn=1.0)
    picture = a_picture(mmsi=900123456, name=name, parts=("24A",), movement=brief)
    assert verdict_of(picture).target_class is TargetClass.UNKNOWN
