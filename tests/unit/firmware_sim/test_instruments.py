"""Register maps: words as the makers' manuals print them."""

import math
import struct
from datetime import UTC, datetime

import numpy as np
import pytest

from core.units import QUANTITIES
from firmware_sim.device import Device
from firmware_sim.farm import BENCH_BUS, DEFAULT_BUSES
from firmware_sim.instruments import COILS, HOLDING, INPUT, INSTRUMENTS, words_f32
from firmware_sim.sea import Sea

ANCHOR = datetime(2026, 8, 12, 4, 0, tzinfo=UTC)


def _float(words: dict[int, int], address: int) -> float:
    return struct.unpack(">f", struct.pack(">HH", words[address], words[address + 1]))[0]


def test_float_words_of_the_iq_manual_example_are_equal() -> None:
    # ba76025e01: 42 9E 46 C2 reads 79.1382 FNU.
    assert words_f32(79.1382) == (0x429E, 0x46C2)


def test_epever_power_of_three_kilowatt_is_low_word_first() -> None:
    words = INSTRUMENTS["epever-tracer"].encode({"pv_w": 3000.0})[INPUT]
    assert (words[0x3102], words[0x3103]) == (0x93E0, 0x0004)


def test_ysi_without_a_value_sends_all_ones() -> None:
    words = INSTRUMENTS["ysi-odo-rtu"].encode({"do_mg_l": math.nan, "water_temp_c": 20.0})[INPUT]
    assert (words[2], words[3]) == (0xFFFF, 0xFFFF)
    assert _float(words, 6) == 20.0


def test_insitu_in_error_sends_zero_with_its_quality() -> None:
    good = INSTRUMENTS["insitu-aquatroll-400"].encode({"do_mg_l": 6.5})[HOLDING]
    bad = INSTRUMENTS["insitu-aquatroll-400"].encode({"do_mg_l": math.nan})[HOLDING]
    short = INSTRUMENTS["insitu-aquatroll-400"].encode({"do_mg_l": 6.5, "_quality": 7.0})[HOLDING]
    assert (_float(good, 38), good[40], good[41], good[42]) == (6.5, 20, 117, 0)
    assert (_float(bad, 38), bad[42]) == (0.0, 3)
    assert (_float(short, 38), short[42]) == (0.0, 7)


@pytest.mark.parametrize(
    ("quantity", "value", "register", "word"),
    [
        ("humidity_pct", 78.4, 11, 784),
        ("pressure_hpa", 1003.4, 15, 10034),
        ("wind_dir_deg", 359.9, 19, 3599),
        ("air_temp_c", -5.2, 32, 0x10000 - 52),
        ("dew_point_c", math.nan, 36, 32767),
    ],
)
def test_wxt530_register_of_the_manual_has_the_scaled_word(
    quantity: str, value: float, register: int, word: int
) -> None:
    words = INSTRUMENTS["vaisala-wxt530"].encode({quantity: value})[INPUT]
    assert words[register - 1] == word


def test_lambrecht_in_error_sends_its_code() -> None:
    words = INSTRUMENTS["lambrecht-weather"].encode({"wind_mps": math.nan, "wind_dir_deg": 271.3})[INPUT]
    assert words[30001 - 30001] == 0xD8F1
    assert words[30201 - 30001] == 2713


def test_hach_scales_of_the_manual_are_kept() -> None:
    words = INSTRUMENTS["hach-ldo-aq"].encode({"do_mg_l": 6.123, "water_temp_c": 18.37, "do_sat_pct": 88.4})[HOLDING]
    assert (words[0], words[1], words[11]) == (6123, 1837, 88)


def test_supmea_below_zero_is_two_complement() -> None:
    words = INSTRUMENTS["supmea-sup-do7013"].encode({"water_temp_c": -1.2, "do_mg_l": 7.43})[HOLDING]
    assert (words[0], words[1]) == (0x10000 - 12, 743)


def test_surface_velocity_on_the_ebb_has_its_sign_in_another_register() -> None:
    words = INSTRUMENTS["ott-svr-100"].encode({"current_mps": 0.532, "_ebb": 1.0})[HOLDING]
    assert (words[4], words[8]) == (532, 1)


def test_load_cell_counts_newton_in_two_words() -> None:
    words = INSTRUMENTS["generic-int32"].encode({"tension_kn": 70.0})[HOLDING]
    assert (words[0] << 16 | words[1]) == 70_000


def test_relay_shows_its_coils() -> None:
    assert INSTRUMENTS["generic-relay"].encode({"feeder_on": 1.0})[COILS] == {0: 0, 1: 1, 2: 0}


def test_every_instrument_measures_known_quantities_with_words_in_range() -> None:
    sea = Sea("calm", 1, ANCHOR)
    for bus in (*DEFAULT_BUSES, BENCH_BUS):
        for unit in bus.units:
            kind = INSTRUMENTS[unit.profile]
            assert set(kind.quantities) <= set(QUANTITIES), unit.name
            device = Device(unit=unit, bus=bus.name, sea=sea)
            for table in device.image(sea.anchor_s).values():
                assert all(0 <= word <= 0xFFFF for word in table.values()), unit.name
            for name, value in device.shown(sea.anchor_s).items():
                limits = QUANTITIES[name]
                assert limits.low <= value[0] <= limits.high, (unit.name, name)


def test_default_farm_never_names_one_series_twice() -> None:
    names = [
        f"{unit.cage}.{unit.point}.{quantity}"
        for bus in DEFAULT_BUSES
        for unit in bus.units
        for quantity in INSTRUMENTS[unit.profile].quantities
        if not (unit.profile == "vaisala-wxt530" and quantity == "wind_dir_deg")
    ]
    assert len(names) == len(set(names))


def test_wave_summary_between_two_summaries_is_repeated() -> None:
    sea = Sea("calm", 1, ANCHOR)
    bus = next(b for b in DEFAULT_BUSES if any(u.profile == "generic-float32" for u in b.units))
    unit = next(u for u in bus.units if u.profile == "generic-float32")
    device = Device(unit=unit, bus=bus.name, sea=sea)
    start = np.ceil(sea.anchor_s / 1200.0) * 1200.0
    first, later, following = (device.shown(start + s)["hs_m"][0] for s in (1.0, 1199.0, 1201.0))
    assert first == later
    assert first != following
