"""Decoding: types, orders, vendors' vectors, quality and identity."""

import itertools
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.profiles import Bits, ByteOrder, Profile, Register, ValueType, build_profile, load_profiles
from core.qc import QcFlag
from gateway.decode import decode, raw_value

PROFILES = load_profiles(Path("config/profiles"))


def register(kind: ValueType, order: ByteOrder = ByteOrder.ABCD, **more: object) -> Register:
    return Register(key="k", address=0, function=3, type=kind, order=order, **more)  # type: ignore[arg-type]


# Vectors of Telegraf's plugins/inputs/modbus tests (float32 3.14 = 0x4048F5C3), and of the vendors' manuals.
@pytest.mark.parametrize(
    ("kind", "order", "words", "expected"),
    [
        (ValueType.FLOAT32, ByteOrder.ABCD, (0x4048, 0xF5C3), 3.14),
        (ValueType.FLOAT32, ByteOrder.CDAB, (0xF5C3, 0x4048), 3.14),
        (ValueType.FLOAT32, ByteOrder.BADC, (0x4840, 0xC3F5), 3.14),
        (ValueType.FLOAT32, ByteOrder.DCBA, (0xC3F5, 0x4840), 3.14),
        (ValueType.FLOAT32, ByteOrder.ABCD, (0x429E, 0x46C2), 79.1382),
        (ValueType.UINT32, ByteOrder.CDAB, (0x93E0, 0x0004), 300_000),
        (ValueType.INT16, ByteOrder.ABCD, (0xD8F1,), -9999),
        (ValueType.UINT16, ByteOrder.DCBA, (0x0100,), 1),
        (ValueType.INT32, ByteOrder.ABCD, (0xFFFF, 0xFFFE), -2),
        (ValueType.UINT64, ByteOrder.ABCD, (0, 0, 1, 0), 65536),
        (ValueType.INT64, ByteOrder.DCBA, (0xFEFF, 0xFFFF, 0xFFFF, 0xFFFF), -2),
        (ValueType.FLOAT16, ByteOrder.ABCD, (0x4248,), 3.141),
        (ValueType.FLOAT64, ByteOrder.CDAB, (0x2D18, 0x5444, 0x21FB, 0x4009), 3.141592653589793),
        (ValueType.BCD16, ByteOrder.ABCD, (0x1234,), 1234),
        (ValueType.BCD32, ByteOrder.CDAB, (0x5678, 0x1234), 12345678),
        (ValueType.UINT8_HIGH, ByteOrder.ABCD, (0x8102,), 0x81),
        (ValueType.INT8_LOW, ByteOrder.ABCD, (0x81FE,), -2),
    ],
)
def test_raw_value_of_published_vector_is_the_published_number(
    kind: ValueType, order: ByteOrder, words: tuple[int, ...], expected: float
) -> None:
    assert raw_value(register(kind, order), words) == pytest.approx(expected, abs=0, rel=1e-12)


# Vectors of EdgeX Foundry's Modbus device service (device-modbus-go, internal/driver/deviceclient_test.go, Apache-2.0):
# its answer bytes and the number its own tests expect.
@pytest.mark.parametrize(
    ("kind", "answer", "expected"),
    [
        (ValueType.INT16, (255, 231), -25),
        (ValueType.UINT16, (0, 11), 11),
        (ValueType.INT32, (0, 0, 1, 11), 267),
        (ValueType.UINT32, (0, 0, 1, 11), 267),
        (ValueType.INT32, (1, 1, 1, 1), 16_843_009),
        (ValueType.INT64, (0, 1, 0, 0, 0, 2, 1, 1), 281_474_976_841_985),
        (ValueType.UINT64, (0, 1, 0, 0, 0, 2, 1, 1), 281_474_976_841_985),
        (ValueType.FLOAT32, (63, 143, 92, 41), 1.12),
        (ValueType.FLOAT64, (63, 241, 235, 133, 30, 184, 81, 236), 1.12),
    ],
)
def test_raw_value_of_edgex_vector_is_what_edgex_expects(
    kind: ValueType, answer: tuple[int, ...], expected: float
) -> None:
    words = tuple(high << 8 | low for high, low in zip(answer[::2], answer[1::2], strict=True))
    assert raw_value(register(kind), words) == pytest.approx(expected, abs=0, rel=1e-12)


def test_raw_value_of_edgex_bit_of_a_register_is_what_edgex_expects() -> None:
    """Its address 10.01 is bit 1 of register 10."""
    bit = register(ValueType.BOOL, bits=Bits(shift=1))
    assert (raw_value(bit, (2,)), raw_value(bit, (0,))) == (1, 0)


@pytest.mark.parametrize(
    ("words", "why"),
    [((0x7FC0, 0), "quiet NaN"), ((0xFFFF, 0xFFFF), "all ones, YSI's unavailable"), ((0x7F80, 0), "infinity")],
)
def test_raw_value_of_no_number_is_none(words: tuple[int, int], why: str) -> None:
    assert raw_value(register(ValueType.FLOAT32), words) is None, why


def test_raw_value_of_bcd_with_a_letter_is_none() -> None:
    assert raw_value(register(ValueType.BCD16), (0x12A4,)) is None


def test_raw_value_of_bit_field_takes_only_its_bits() -> None:
    assert raw_value(register(ValueType.UINT16, bits=Bits(shift=4, width=4)), (0x0014,)) == 1
    assert raw_value(register(ValueType.BOOL, bits=Bits(shift=15)), (0x8000,)) == 1


def test_raw_value_of_string_ends_at_zero() -> None:
    assert raw_value(register(ValueType.STRING, count=3), (0x4142, 0x4300, 0x5858)) == "ABC"


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.sampled_from(ByteOrder))
def test_float32_in_any_order_round_trips(number: float, order: ByteOrder) -> None:
    a, b, c, d = struct.pack(">f", number)
    laid = {"ABCD": (a, b, c, d), "BADC": (b, a, d, c), "CDAB": (c, d, a, b), "DCBA": (d, c, b, a)}[order]
    words = (laid[0] << 8 | laid[1], laid[2] << 8 | laid[3])
    value = raw_value(register(ValueType.FLOAT32, order), words)
    assert isinstance(value, float)
    assert struct.pack(">f", value) == struct.pack(">f", number)


def in_situ(value: float, quality: int, parameter: int = 20, unit: int = 117) -> dict[str, tuple[int, ...]]:
    high, low = (int.from_bytes(struct.pack(">f", value)[i : i + 2], "big") for i in (0, 2))
    return {
        "do_mg_l": (high, low), "do_mg_l_parameter": (parameter,), "do_mg_l_unit": (unit,),
        "do_mg_l_quality": (quality,),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "flag", "says"),
    [
        (in_situ(7.5, 0), QcFlag.GOOD, ""),
        (in_situ(0.0, 7), QcFlag.FAIL, "quality says 7"),
        (in_situ(0.0, 3), QcFlag.FAIL, "quality says 3"),
        (in_situ(7.5, 99), QcFlag.SUSPECT, "quality says 99"),
        (in_situ(7.5, 0, parameter=1), QcFlag.FAIL, "parameter is 1, not 20"),
        (in_situ(7.5, 0, unit=118), QcFlag.FAIL, "unit is 118"),
        (in_situ(70.0, 0), QcFlag.FAIL, "outside"),
    ],
)
def test_in_situ_zero_with_bad_quality_is_never_a_good_zero(
    words: dict[str, tuple[int, ...]], flag: QcFlag, says: str
) -> None:
    decoded = decode(PROFILES["insitu-aquatroll-400"], words)["do_mg_l"]
    assert decoded.qc is flag
    assert says in decoded.reason


def test_in_situ_without_its_identity_block_is_fail() -> None:
    words = {"do_mg_l": in_situ(7.5, 0)["do_mg_l"]}
    assert decode(PROFILES["insitu-aquatroll-400"], words)["do_mg_l"].qc is QcFlag.FAIL


def test_epever_test_vector_is_3000_watt() -> None:
    assert decode(PROFILES["epever-tracer"], {"pv_w": (0x93E0, 0x0004)})["pv_w"].value == 3000.0


@pytest.mark.parametrize(
    ("profile", "key", "words"),
    [("vaisala-wxt530", "air_temp_c", (32767,)), ("lambrecht-weather", "wind_mps", (0xD8F1,))],
)
def test_sentinel_is_missing_and_never_a_value(profile: str, key: str, words: tuple[int, ...]) -> None:
    decoded = decode(PROFILES[profile], {key: words})[key]
    assert (decoded.value, decoded.qc) == (None, QcFlag.MISSING)


def test_iq_sensor_net_nibbles_rate_main_and_secondary_apart() -> None:
    words = {
        "sensor_number": (0x0202,), "measuring_mode": (0x0014,), "main_status": (0x0014,),
        "secondary_status": (0x0014,),
        "turbidity_ntu": (0x429E, 0x46C2), "secondary_value": (0, 0),
    }  # fmt: skip
    decoded = decode(PROFILES["ysi-iq-182"], words | {"sensor_number": (0x0102,)})
    assert (decoded["turbidity_ntu"].value, decoded["turbidity_ntu"].qc) == (79.1382, QcFlag.GOOD)
    assert decoded["secondary_value"].qc is QcFlag.MISSING
    assert decode(PROFILES["ysi-iq-182"], words)["turbidity_ntu"].qc is QcFlag.FAIL, "sensor 2 answered for sensor 1"


@pytest.mark.parametrize(
    ("share", "flag"), [(100, QcFlag.GOOD), (90, QcFlag.GOOD), (60, QcFlag.SUSPECT), (10, QcFlag.FAIL)]
)
def test_wind_direction_by_share_of_valid_samples(share: int, flag: QcFlag) -> None:
    words = {"wind_dir_deg": (1800,), "wind_quality": (share,)}
    decoded = decode(PROFILES["vaisala-wxt530"], words)["wind_dir_deg"]
    assert (decoded.value, decoded.qc) == (180.0, flag)


def test_codes_and_sign_register_turn_raw_into_published() -> None:
    rows = [
        {"quantity": "current_dir_deg", "address": 8, "type": "uint16", "values": {"0": 0.0, "1": 180.0}},
        {
            "key": "speed",
            "address": 3,
            "type": "uint16",
            "scale": 0.001,
            "sign_by": "current_dir_deg",
            "negative_when": 1.0,
        },
    ]
    profile: Profile = build_profile(
        {"id": "x", "title": "x", "source": "x", "convention": "zero", "register": rows}, where="x"
    )
    decoded = decode(profile, {"current_dir_deg": (1,), "speed": (250,)})
    assert (decoded["current_dir_deg"].value, decoded["speed"].value) == (180.0, -0.25)
    assert decode(profile, {"current_dir_deg": (7,)})["current_dir_deg"].qc is QcFlag.MISSING


@given(st.lists(st.integers(0, 0xFFFF), min_size=4, max_size=4))
def test_any_words_of_any_type_decode_without_an_exception(words: list[int]) -> None:
    for kind, order in itertools.product(ValueType, ByteOrder):
        one = register(kind, order, count=2, quantity="ph")
        profile = Profile(id="x", title="x", source="x", convention="zero", registers=(one,))  # type: ignore[arg-type]
        decoded = decode(profile, {"k": tuple(words[: one.width])})["k"]
        assert decoded.qc is not QcFlag.MISSING or decoded.value is None
