"""Register maps of the simulated instruments, encoded here from the makers' public manuals and nowhere else.

The gateway's profiles are never read: golden frames of independent tools stop both ends from sharing one mistake.
Addresses are 0-based protocol addresses; each map says how its manual counts.
"""

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Words = dict[int, int]
"""Register words by 0-based address."""
State = Mapping[str, float]
"""Values by quantity; NaN = the instrument has none. Keys starting with ``_`` are the instrument's own condition."""

COILS, DISCRETE, HOLDING, INPUT = 1, 2, 3, 4
"""Tables of the Modbus data model, named by their read function."""


def words_f32(value: float) -> tuple[int, int]:
    """Return an IEEE 754 single as two words, high word first (ABCD)."""
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return high, low


def words_u32(value: int) -> tuple[int, int]:
    """Return a 32-bit integer (two's complement) as two words, high word first (ABCD)."""
    return (value >> 16) & 0xFFFF, value & 0xFFFF


def word_scaled(value: float, scale: float, *, invalid: int, low: int = -32768, high: int = 32767) -> int:
    """Return a scaled integer word, or `invalid` for NaN; out of range is held at the end of the range."""
    if math.isnan(value):
        return invalid
    return max(low, min(high, round(value * scale))) & 0xFFFF


NAN_WORDS = (0xFFFF, 0xFFFF)


def _f32(words: Words, address: int, value: float, missing: tuple[int, int] = NAN_WORDS) -> None:
    words[address], words[address + 1] = missing if math.isnan(value) else words_f32(value)


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One kind of instrument.

    Parameters
    ----------
    profile
        Name used in bills and settings.
    source
        Where its map was read.
    quantities
        What it measures, in the order of its map (keys of core.units).
    encode
        State to register words per table.
    pairs
        Addresses of 32-bit values, for the fault that exchanges their words.
    even_only
        Reads must start at an even address with an even count.
    summary_s
        Values are repeated until the next summary, 0 = always fresh. [s]
    noise
        Standard deviation of one reading by quantity, in its unit.
    decimals
        Resolution of the register by quantity, decimal places.
    """

    profile: str
    source: str
    quantities: tuple[str, ...]
    encode: Callable[[State], dict[int, Words]]
    pairs: tuple[int, ...] = ()
    even_only: bool = False
    summary_s: float = 0.0
    noise: Mapping[str, float] = field(default_factory=dict)
    decimals: Mapping[str, int] = field(default_factory=dict)


def _value(state: State, key: str) -> float:
    return state.get(key, math.nan)


def _ysi_odo(state: State) -> dict[int, Words]:
    """YSI ODO RTU and ODO/CT: function 4, float32 ABCD at even addresses, unavailable = 0xFFFFFFFF."""
    words: Words = {}
    temp, cond, salt = _value(state, "water_temp_c"), _value(state, "conductivity_us_cm"), _value(state, "salinity_psu")
    specific = cond / (1.0 + 0.0191 * (temp - 25.0))
    rows = (
        (0x0000, _value(state, "do_sat_pct")),
        (0x0002, _value(state, "do_mg_l")),
        (0x0004, _value(state, "do_sat_pct") * 1.003),
        (0x0006, temp),
        (0x0008, 25.0),
        (0x000C, cond),
        (0x000E, specific),
        (0x0010, salt),
        (0x0012, specific * 1.002),
        (0x0014, specific * 0.65),
    )
    for address, value in rows:
        _f32(words, address, value)
    words[0x000A], words[0x000B] = words_u32(int(state.get("_uptime_s", 0.0) * 1000.0) & 0xFFFFFFFF)
    return {INPUT: words}


def _insitu(state: State) -> dict[int, Words]:
    """In-Situ Aqua TROLL 400: function 3, a block of 8 per parameter; an error is value 0.0 with its quality id."""
    words: Words = {}
    quality = int(state.get("_quality", 0.0))
    oxygen = _value(state, "do_mg_l")
    rows = (
        (38, 20, 117, oxygen),
        (46, 1, 1, _value(state, "water_temp_c")),
        (54, 21, 177, _value(state, "do_sat_pct")),
        (62, 30, 26, _value(state, "do_sat_pct") * 1.55),
        (1538, 17, 145, _value(state, "ph")),
        (1546, 18, 162, -59.16 * (_value(state, "ph") - 7.0)),
        (1554, 19, 162, _value(state, "orp_mv")),
    )
    for base, parameter, unit, value in rows:
        bad = quality or (3 if math.isnan(value) else 0)
        words[base], words[base + 1] = (0, 0) if bad else words_f32(value)
        words[base + 2], words[base + 3], words[base + 4] = parameter, unit, bad
        words[base + 5], words[base + 6] = words_f32(0.0)
        words[base + 7] = 0x0001
    words[7001] = int(state.get("_auto_salinity", 1.0))
    words[7004] = word_scaled(state.get("_supply_v", 12.4), 1000.0, invalid=0, high=65535, low=0)
    words[9001] = 5
    words[9002], words[9003] = words_u32(int(state.get("_serial", 710_001.0)))
    return {HOLDING: words}


def _hach_ldo(state: State) -> dict[int, Words]:
    """Hach LDO AQ: scaled unsigned integers, 40001 = holding register 0."""
    words = {
        0: word_scaled(_value(state, "do_mg_l"), 1000.0, invalid=0xFFFF, low=0, high=65534),
        1: word_scaled(_value(state, "water_temp_c"), 100.0, invalid=0xFFFF, low=0, high=65534),
        11: word_scaled(_value(state, "do_sat_pct"), 1.0, invalid=0xFFFF, low=0, high=65534),
        12: 2,
        13: word_scaled(state.get("_salinity_set_psu", 30.0), 1.0, invalid=0, low=0),
        9997: int(state.get("_unit", 31.0)),
    }
    return {HOLDING: words}


def _supmea(state: State) -> dict[int, Words]:
    """Supmea SUP-DO7013: function 3, int16 at 0..7."""
    oxygen = _value(state, "do_mg_l")
    words = {
        0: word_scaled(_value(state, "water_temp_c"), 10.0, invalid=0x8000),
        1: word_scaled(oxygen, 100.0, invalid=0x8000),
        2: word_scaled(_value(state, "do_sat_pct"), 10.0, invalid=0x8000),
        3: 0,
        4: 100,
        5: word_scaled(oxygen * 4.1, 1.0, invalid=0x8000),
        6: 0,
        7: 1 if math.isnan(oxygen) else 0,
    }
    return {HOLDING: words}


def _wxt530(state: State) -> dict[int, Words]:
    """Vaisala WXT530 (M211840EN): register n at address n - 1, x10 signed, invalid 32767; wind quality unsigned."""
    rows = ((11, "humidity_pct"), (15, "pressure_hpa"), (19, "wind_dir_deg"), (32, "air_temp_c"), (36, "dew_point_c"))
    words = {number - 1: word_scaled(_value(state, key), 10.0, invalid=32767) for number, key in rows}
    words[18] = words[18] if words[18] == 32767 else words[18] % 3600
    words[26] = word_scaled(state.get("_wind_quality_pct", 100.0), 1.0, invalid=65535, low=0, high=100)
    # The manual's table has no holes up to 31 and from 32 to 51: min, max and average repeat the instant value here.
    for number in (11, 15, 19, 32, 36):
        for step in (1, 2, 3):
            words[number - 1 + step] = words[number - 1]
    words[0] = 0x0600 | 0x25
    for number in (*range(2, 11), 23, 24, 25, 26, 28, 29, 30, 31, *range(40, 52)):
        words.setdefault(number - 1, 0)
    return {INPUT: words}


def _wm80(state: State) -> dict[int, Words]:
    """Vaisala WM80 (M212995EN): float32, error code int32 at 0x0201."""
    words: Words = {}
    wind, direction, gust = _value(state, "wind_mps"), _value(state, "wind_dir_deg"), _value(state, "gust_mps")
    rows = (
        (0x0000, wind * state.get("_turbulence", 1.0)),
        (0x0002, direction),
        (0x0004, wind * (1.0 + (state.get("_turbulence", 1.0) - 1.0) * 0.5)),
        (0x0006, direction),
        (0x0008, wind),
        (0x000A, direction),
        (0x000C, wind * 0.7),
        (0x000E, gust),
        (0x0010, direction),
        (0x0012, direction),
        (0x0014, _value(state, "air_temp_c")),
    )
    for address, value in rows:
        _f32(words, address, value)
    words[0x0201], words[0x0202] = words_u32(int(state.get("_error", 1.0 if math.isnan(wind) else 0.0)))
    return {HOLDING: words, INPUT: dict(words)}


def _svr100(state: State) -> dict[int, Words]:
    """OTT SVR 100: function 3, velocity as magnitude in mm/s, its sign in another register."""
    speed = abs(_value(state, "current_mps"))
    words = {
        3: word_scaled(speed * state.get("_turbulence", 1.0), 1000.0, invalid=0, low=0, high=15_000),
        4: word_scaled(speed, 1000.0, invalid=0, low=0, high=15_000),
        5: word_scaled(state.get("tilt_deg", 32.0), 1.0, invalid=0),
        8: int(state.get("_ebb", 0.0)),
        0x0B: word_scaled(state.get("signal_pct", 78.0), 1.0, invalid=0, low=0, high=100),
    }
    for address in (0, 1, 2, 6, 7, 9, 10):
        words[address] = 0
    return {HOLDING: words}


def _iq182(state: State) -> dict[int, Words]:
    """YSI IQ SensorNet 182-MOD (ba76025e01, 7.4.3): 8 registers a sensor, register n at address n - 1, two sensors."""
    value = _value(state, "turbidity_ntu")
    status = 0x44 if math.isnan(value) else 0x14
    words = {0: 0x0102, 1: 0x0401, 2: 0, 3: status}
    _f32(words, 4, value, missing=(0, 0))
    _f32(words, 6, math.nan, missing=(0, 0))
    words |= {8: 0x0200, 9: 0, 10: 0, 11: 0x0044, 12: 0, 13: 0, 14: 0, 15: 0}
    return {INPUT: words}


def _epever(state: State) -> dict[int, Words]:
    """EPEVER Tracer: function 4, x100, 32-bit values low word first."""
    words = {
        0x3100: word_scaled(_value(state, "pv_v"), 100.0, invalid=0, low=0, high=65535),
        0x3101: word_scaled(_value(state, "pv_a"), 100.0, invalid=0, low=0, high=65535),
        0x3104: word_scaled(_value(state, "battery_v"), 100.0, invalid=0, low=0, high=65535),
        0x3105: word_scaled(_value(state, "charge_a"), 100.0, invalid=0, low=0, high=65535),
    }
    for address, key in ((0x3102, "pv_w"), (0x3106, "charge_w")):
        watts = _value(state, key)
        high, low = words_u32(0 if math.isnan(watts) else round(watts * 100.0))
        words[address], words[address + 1] = low, high
    return {INPUT: words}


def _hach_tss(state: State) -> dict[int, Words]:
    """Hach TSS: 40001 turbidity, 40005 suspended solids, float32."""
    words: Words = {2: 0, 3: 0}
    turbidity = _value(state, "turbidity_ntu")
    _f32(words, 0, turbidity)
    _f32(words, 4, turbidity * 1.6)
    return {HOLDING: words}


def _digisens(state: State) -> dict[int, Words]:
    """Aqualabo DIGISENS OPTOD: results at 0x0053 after a start by a write to 0x0001 and a wait."""
    words: Words = {1: int(state.get("_started", 0.0)), 0x52: int(state.get("_measuring", 0.0))}
    for address, key in ((0x53, "water_temp_c"), (0x55, "do_sat_pct"), (0x57, "do_mg_l")):
        _f32(words, address, _value(state, key))
    return {HOLDING: words}


def _lambrecht(state: State) -> dict[int, Words]:
    """Lambrecht u[sonic]WS7: int16 x10 in input registers 30001, 30201, 30401, 30601, 30701 and 30801."""
    rows = (
        (0, "wind_mps"),
        (200, "wind_dir_deg"),
        (400, "air_temp_c"),
        (600, "humidity_pct"),
        (700, "dew_point_c"),
        (800, "pressure_hpa"),
    )
    return {INPUT: {address: word_scaled(_value(state, key), 10.0, invalid=0xD8F1) for address, key in rows}}


def _wave(state: State) -> dict[int, Words]:
    """A wave buoy of our own map (no public one was found): float32 ABCD, Hs at 0, Tp at 2, direction at 4."""
    words: Words = {}
    for address, key in ((0, "hs_m"), (2, "tp_s"), (4, "dp_deg")):
        _f32(words, address, _value(state, key))
    return {HOLDING: words}


def _load_cell(state: State) -> dict[int, Words]:
    """A mooring load cell of our own map: signed 32-bit newton at 0."""
    tension = _value(state, "tension_kn")
    newton = -2_147_483_648 if math.isnan(tension) else round(tension * 1000.0)
    high, low = words_u32(newton)
    return {HOLDING: {0: high, 1: low}}


def _relay(state: State) -> dict[int, Words]:
    """A relay module: coil 0 aerator, 1 feeder, 2 lamp."""
    return {COILS: {i: int(state.get(key, 0.0)) for i, key in enumerate(("aerator_on", "feeder_on", "lamp_on"))}}


_OXYGEN_NOISE = {
    "do_mg_l": 0.006,
    "do_sat_pct": 0.08,
    "water_temp_c": 0.006,
    "conductivity_us_cm": 25.0,
    "salinity_psu": 0.012,
    "ph": 0.006,
    "orp_mv": 0.8,
}
_AIR_NOISE = {
    "humidity_pct": 0.4,
    "pressure_hpa": 0.06,
    "wind_dir_deg": 4.0,
    "air_temp_c": 0.06,
    "dew_point_c": 0.08,
    "wind_mps": 0.12,
    "gust_mps": 0.15,
}
INSTRUMENTS: dict[str, Instrument] = {
    i.profile: i
    for i in (
        Instrument(
            profile="ysi-odo-rtu",
            pairs=tuple(range(0, 0x16, 2)),
            source="YSI/Xylem ODO RTU and ODO/CT, public manual",
            encode=_ysi_odo,
            even_only=True,
            quantities=("do_sat_pct", "do_mg_l", "water_temp_c", "conductivity_us_cm", "salinity_psu"),
            noise=_OXYGEN_NOISE,
            decimals={"do_sat_pct": 3, "do_mg_l": 4, "water_temp_c": 4, "conductivity_us_cm": 1, "salinity_psu": 4},
        ),
        Instrument(
            profile="insitu-aquatroll-400",
            pairs=(38, 43, 46, 51, 54, 59, 62, 67, 1538, 1543, 1546, 1551, 1554, 1559),
            source="In-Situ Modbus manual, Aqua TROLL 400",
            encode=_insitu,
            quantities=("do_mg_l", "water_temp_c", "do_sat_pct", "ph", "orp_mv"),
            noise=_OXYGEN_NOISE,
            decimals={"do_mg_l": 4, "water_temp_c": 4, "do_sat_pct": 3, "ph": 4, "orp_mv": 2},
        ),
        Instrument(
            profile="hach-ldo-aq",
            source="Hach LDO AQ, public Modbus table",
            encode=_hach_ldo,
            quantities=("do_mg_l", "water_temp_c", "do_sat_pct"),
            noise=_OXYGEN_NOISE,
            decimals={"do_mg_l": 3, "water_temp_c": 2, "do_sat_pct": 0},
        ),
        Instrument(
            profile="supmea-sup-do7013",
            source="Supmea SUP-DO7013, public manual",
            encode=_supmea,
            quantities=("water_temp_c", "do_mg_l", "do_sat_pct"),
            noise=_OXYGEN_NOISE | {"do_mg_l": 0.012},
            decimals={"water_temp_c": 1, "do_mg_l": 2, "do_sat_pct": 1},
        ),
        Instrument(
            profile="vaisala-wxt530",
            source="Vaisala WXT530 User Guide M211840EN",
            encode=_wxt530,
            quantities=("humidity_pct", "pressure_hpa", "wind_dir_deg", "air_temp_c", "dew_point_c"),
            noise=_AIR_NOISE,
            decimals={"humidity_pct": 1, "pressure_hpa": 1, "wind_dir_deg": 1, "air_temp_c": 1, "dew_point_c": 1},
        ),
        Instrument(
            profile="vaisala-wm80",
            pairs=(*range(0, 0x16, 2), 0x0201),
            source="Vaisala WM80 User Guide M212995EN",
            encode=_wm80,
            noise=_AIR_NOISE,
            quantities=("wind_mps", "wind_dir_deg", "gust_mps"),
            decimals={"wind_mps": 3, "wind_dir_deg": 2, "gust_mps": 3},
        ),
        Instrument(
            profile="ott-svr-100",
            source="OTT SVR 100, public manual",
            encode=_svr100,
            quantities=("current_mps",),
            noise={"current_mps": 0.01},
            decimals={"current_mps": 3},
        ),
        Instrument(
            profile="ysi-iq-182",
            pairs=(4, 6),
            source="YSI DIQ/S 182-MOD manual ba76025e01",
            encode=_iq182,
            quantities=("turbidity_ntu",),
            noise={"turbidity_ntu": 0.15},
            decimals={"turbidity_ntu": 3},
        ),
        Instrument(
            profile="epever-tracer",
            pairs=(0x3102, 0x3106),
            source="EPEVER Tracer, public Modbus table",
            encode=_epever,
            quantities=("pv_v", "pv_a", "pv_w", "battery_v", "charge_a", "charge_w"),
            noise={"pv_v": 0.05, "battery_v": 0.01, "pv_a": 0.01, "charge_a": 0.01},
            decimals={"pv_v": 2, "pv_a": 2, "pv_w": 2, "battery_v": 2, "charge_a": 2, "charge_w": 2},
        ),
        Instrument(
            profile="hach-tss",
            pairs=(0, 4),
            source="Hach TSS, public Modbus table",
            encode=_hach_tss,
            quantities=("turbidity_ntu",),
            noise={"turbidity_ntu": 0.15},
            decimals={"turbidity_ntu": 3},
        ),
        Instrument(
            profile="aqualabo-digisens",
            pairs=(0x53, 0x55, 0x57),
            source="Aqualabo DIGISENS, public libraries",
            encode=_digisens,
            quantities=("water_temp_c", "do_sat_pct", "do_mg_l"),
            noise=_OXYGEN_NOISE,
            decimals={"water_temp_c": 4, "do_sat_pct": 3, "do_mg_l": 4},
        ),
        Instrument(
            profile="lambrecht-weather",
            source="Lambrecht u[sonic]WS7 Modbus manual",
            encode=_lambrecht,
            quantities=("wind_mps", "wind_dir_deg", "air_temp_c", "humidity_pct", "dew_point_c", "pressure_hpa"),
            noise=_AIR_NOISE,
            decimals=dict.fromkeys(
                ("wind_mps", "wind_dir_deg", "air_temp_c", "humidity_pct", "dew_point_c", "pressure_hpa"), 1
            ),
        ),
        Instrument(
            profile="generic-float32",
            pairs=(0, 2, 4),
            source="ours",
            encode=_wave,
            quantities=("hs_m", "tp_s", "dp_deg"),
            summary_s=1200.0,
            noise={"hs_m": 0.04, "tp_s": 0.15, "dp_deg": 5.0},
            decimals={"hs_m": 2, "tp_s": 2, "dp_deg": 1},
        ),
        Instrument(
            profile="generic-int32",
            pairs=(0,),
            source="ours",
            encode=_load_cell,
            quantities=("tension_kn",),
            noise={"tension_kn": 0.12},
            decimals={"tension_kn": 3},
        ),
        Instrument(
            profile="generic-relay",
            source="ours",
            encode=_relay,
            quantities=("aerator_on", "feeder_on"),
            decimals={"aerator_on": 0, "feeder_on": 0},
        ),
    )
}
