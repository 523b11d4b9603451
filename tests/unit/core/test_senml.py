"""SenML against the examples that RFC 8428 prints in section 5."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DecodeError
from core.senml import Record, resolve, to_rows

SINGLE = [{"n": "urn:dev:ow:10e2073a01080063", "u": "Cel", "v": 23.1}]
MULTIPLE = [
    {"bn": "urn:dev:ow:10e2073a01080063:", "n": "voltage", "u": "V", "v": 120.1},
    {"n": "current", "u": "A", "v": 1.2},
]
BASED = [
    {"bn": "urn:dev:ow:10e2073a0108006:", "bt": 1.276020076001e09, "bu": "A", "bver": 5,
     "n": "voltage", "u": "V", "v": 120.1},
    {"n": "current", "t": -5, "v": 1.2},
    {"n": "current", "t": -4, "v": 1.3},
    {"n": "current", "t": -3, "v": 1.4},
    {"n": "current", "t": -2, "v": 1.5},
    {"n": "current", "t": -1, "v": 1.6},
    {"n": "current", "v": 1.7},
]  # fmt: skip
WATER = [
    {"bn": "urn:dev:ow:10e2073a01080063", "bt": 1.320067464e09, "bu": "%RH", "v": 20},
    {"u": "lon", "v": 24.30621},
    {"u": "lat", "v": 60.07965},
    {"t": 60, "v": 20.3},
    {"u": "lon", "t": 60, "v": 24.30622},
    {"u": "lat", "t": 60, "v": 60.07965},
]
SEVERAL_TYPES = [
    {"bn": "urn:dev:ow:10e2073a01080063:", "n": "temp", "u": "Cel", "v": 23.1},
    {"n": "label", "vs": "Machine Room"},
    {"n": "open", "vb": False},
    {"n": "nfc-reader", "vd": "aGkgCg"},
]
SUM = [{"bn": "2001:db8:1234:5678::1", "n": ":energy", "u": "J", "s": 13.0, "bs": 7.0}]


def test_resolve_single_point_keeps_it() -> None:
    assert resolve(SINGLE) == [Record(name="urn:dev:ow:10e2073a01080063", unit="Cel", value=23.1)]


def test_resolve_multiple_points_prefixes_the_base_name() -> None:
    assert [r.name for r in resolve(MULTIPLE)] == [
        "urn:dev:ow:10e2073a01080063:voltage",
        "urn:dev:ow:10e2073a01080063:current",
    ]


def test_resolve_base_time_and_unit_hold_for_later_records() -> None:
    records = resolve(BASED)
    assert [r.time_s for r in records] == [
        1276020076.001, 1276020071.001, 1276020072.001, 1276020073.001, 1276020074.001, 1276020075.001, 1276020076.001,
    ]  # fmt: skip
    assert [r.unit for r in records] == ["V"] + ["A"] * 6
    assert [r.value for r in records] == [120.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7]


def test_resolve_records_without_name_use_the_base_name() -> None:
    records = resolve(WATER)
    assert {r.name for r in records} == {"urn:dev:ow:10e2073a01080063"}
    assert [(r.unit, r.time_s) for r in records[3:]] == [
        ("%RH", 1320067524.0),
        ("lon", 1320067524.0),
        ("lat", 1320067524.0),
    ]


def test_resolve_several_value_types_stay_apart() -> None:
    records = resolve(SEVERAL_TYPES)
    assert [r.value for r in records] == [23.1, "Machine Room", False, None]
    assert records[3].data == "aGkgCg"


def test_resolve_sum_adds_the_base_sum() -> None:
    (record,) = resolve(SUM)
    assert (record.name, record.sum, record.value) == ("2001:db8:1234:5678::1:energy", 20.0, None)


def test_resolve_relative_time_becomes_absolute_with_now() -> None:
    (record,) = resolve([{"n": "a", "v": 1, "t": -30}], now_s=1.7e9)
    assert record.time_s == 1.7e9 - 30


@pytest.mark.parametrize(
    ("case", "pack"),
    [
        ("not an array", {"n": "a", "v": 1}),
        ("record not an object", [1]),
        ("no value", [{"n": "a"}]),
        ("two values", [{"n": "a", "v": 1, "vs": "x"}]),
        ("empty name", [{"v": 1}]),
        ("name starts with a colon", [{"n": ":a", "v": 1}]),
        ("name with a space", [{"n": "a b", "v": 1}]),
        ("value is a string", [{"n": "a", "v": "1"}]),
        ("value is a boolean", [{"n": "a", "v": True}]),
        ("value is not finite", [{"n": "a", "v": float("nan")}]),
        ("future version", [{"bver": 11, "n": "a", "v": 1}]),
        ("label that must be understood", [{"n": "a", "v": 1, "fiddle_": 2}]),
    ],
)
def test_resolve_invalid_pack_is_refused(case: str, pack: object) -> None:
    with pytest.raises(DecodeError):
        resolve(pack)


def test_resolve_unknown_plain_label_is_kept_as_extra() -> None:
    (record,) = resolve([{"n": "a", "v": 1, "qc": 3}])
    assert record.extra == {"qc": 3}


names = st.text(alphabet=string.ascii_letters + string.digits, min_size=1, max_size=20)
values = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20), st.booleans())


@given(st.lists(st.builds(Record, name=names, value=values, time_s=st.floats(0, 4e9)), max_size=20))
def test_rows_of_records_resolve_to_the_same_records(records: list[Record]) -> None:
    assert resolve(json.loads(json.dumps(to_rows(records)))) == records


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    )
)
def test_resolve_any_json_returns_or_refuses(pack: object) -> None:
    try:
        resolve(pack)
    except DecodeError as exc:
        assert str(exc)
