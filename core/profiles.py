"""Sensor profiles: TOML rows of one instrument's Modbus registers, turned into frozen register maps.

A profile says where a value stands and what it means; decoding is the reader's work (`gateway.decode`), and the
simulator encodes with code of its own. Addresses are always 0-based protocol addresses here, whatever the
convention of the manual: the file says which one it uses.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from core import settings
from core.errors import ConfigError
from core.qc import QcFlag
from core.units import QUANTITIES

MAX_READ_REGISTERS = 125
"""Largest register count of one read (Modbus Application Protocol V1.1b3, sections 6.3 and 6.4)."""
MAX_READ_BITS = 2000
"""Largest bit count of one read (sections 6.1 and 6.2)."""
BIT_FUNCTIONS = frozenset({1, 2})


class Convention(StrEnum):
    """How a manual counts: ZERO protocol addresses, ONE register = address + 1, ENTITY 40001 or 30001 and so on."""

    ZERO = "zero"
    ONE = "one"
    ENTITY = "entity"


class ValueType(StrEnum):
    """How the bytes of a value are read; 8-bit types name the half of their register."""

    BOOL = "bool"
    UINT8_HIGH = "uint8_high"
    UINT8_LOW = "uint8_low"
    INT8_HIGH = "int8_high"
    INT8_LOW = "int8_low"
    UINT16 = "uint16"
    INT16 = "int16"
    UINT32 = "uint32"
    INT32 = "int32"
    UINT64 = "uint64"
    INT64 = "int64"
    FLOAT16 = "float16"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    BCD16 = "bcd16"
    BCD32 = "bcd32"
    STRING = "string"


class ByteOrder(StrEnum):
    """Order of bytes on the wire against big-endian ABCD; wider and narrower values follow the same two rules.

    BADC and DCBA swap the two bytes of each register; CDAB and DCBA send the low register first.
    """

    ABCD = "ABCD"
    BADC = "BADC"
    CDAB = "CDAB"
    DCBA = "DCBA"

    @property
    def swaps_bytes(self) -> bool:
        """Return whether the bytes within each register are swapped."""
        return self in (ByteOrder.BADC, ByteOrder.DCBA)

    @property
    def low_word_first(self) -> bool:
        """Return whether the least significant register comes first."""
        return self in (ByteOrder.CDAB, ByteOrder.DCBA)


_WIDTH = {
    ValueType.UINT32: 2, ValueType.INT32: 2, ValueType.FLOAT32: 2, ValueType.BCD32: 2,
    ValueType.UINT64: 4, ValueType.INT64: 4, ValueType.FLOAT64: 4,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Bits:
    """A bit field inside an unsigned value: `shift` from the least significant bit, `width` bits."""

    shift: int
    width: int = 1

    def __post_init__(self) -> None:
        if not (0 <= self.shift < 64 and 1 <= self.width <= 64):
            raise ValueError("bits need 0 <= shift < 64 and 1 <= width <= 64.")


@dataclass(frozen=True, kw_only=True)
class EdgeTests:
    """Limits of the streaming QARTOD tests of one register; a limit left out is a test not run.

    Parameters
    ----------
    rate_per_s
        Largest change. [unit of the value per second]
    spike_suspect, spike_fail
        Distance from the mean of both neighbours. [unit of the value]
    flat_tolerance, flat_suspect_s, flat_fail_s
        Range within which a value counts as unchanged, and for how long that is believed; choose times well
        above the instrument's own cadence (a wave summary repeats itself for 20 minutes).
    suspect_low, suspect_high
        Span of values that is usual; outside it, inside the valid range, is SUSPECT. [unit of the value]
    """

    rate_per_s: float | None = None
    spike_suspect: float | None = None
    spike_fail: float | None = None
    flat_tolerance: float | None = None
    flat_suspect_s: float | None = None
    flat_fail_s: float | None = None
    suspect_low: float | None = None
    suspect_high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Register:
    """One value of an instrument.

    Parameters
    ----------
    key
        Name within the profile; `quantity` (a key of core.units) is what is published, None for helpers.
    address, function
        0-based protocol address and Modbus read function 1-4.
    scale, offset
        Published value = raw * scale + offset.
    low, high
        The instrument's valid range in published units; outside is FAIL.
    missing
        Raw values that mean "no value" (before scaling); NaN always does.
    quality, quality_map
        Key of the register that rates this value and the name of the profile's table that turns it into a flag.
    quality_steps
        Whether the table holds lower bounds (the largest code not above the rating counts) instead of exact codes.
    requires
        Keys of registers that must hold their own `expect`, else this value is FAIL: a shifted block or another
        parameter in the slot is never published as good.
    expect
        Raw value that an identity register must have.
    restart_by
        Key of an uptime register: after it falls, values are SUSPECT for the profile's ``warm_up_s``.
    values
        Raw value -> published value, for codes.
    sign_by, negative_when
        Key of a register that holds the sign, and its raw value for "negative".
    count
        Registers of a string.
    """

    key: str
    address: int
    function: int
    type: ValueType
    order: ByteOrder = ByteOrder.ABCD
    quantity: str | None = None
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    low: float | None = None
    high: float | None = None
    missing: tuple[float, ...] = ()
    quality: str | None = None
    quality_map: str | None = None
    quality_steps: bool = False
    requires: tuple[str, ...] = ()
    expect: float | None = None
    values: Mapping[float, float] = field(default_factory=dict)
    sign_by: str | None = None
    negative_when: float | None = None
    bits: Bits | None = None
    count: int = 0
    edge: EdgeTests = EdgeTests()
    note: str = ""

    @property
    def width(self) -> int:
        """Return how many registers (or bits, for functions 1 and 2) the value takes."""
        if self.type is ValueType.STRING:
            return self.count
        return _WIDTH.get(self.type, 1)


@dataclass(frozen=True, kw_only=True)
class StartAction:
    """The write that starts a measurement, and how long the instrument then needs."""

    address: int
    value: int
    wait_s: float
    function: int = 6


@dataclass(frozen=True, kw_only=True)
class Serial:
    """Line settings an instrument leaves the factory with."""

    baud: int = 9600
    parity: str = "N"
    stop_bits: int = 1

    def __post_init__(self) -> None:
        if self.parity not in ("N", "E", "O") or self.stop_bits not in (1, 2) or not 300 <= self.baud <= 1_000_000:
            raise ValueError("serial needs parity N, E or O, stop_bits 1 or 2, baud 300 to 1000000.")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One instrument: its registers, the limits of its reads, and where the facts come from.

    Parameters
    ----------
    max_registers, max_hole
        Largest read it answers, and how many unused registers may be read through to join two values.
    even_start
        Whether reads must start at an even address and have an even count.
    timeout_s, turnaround_s
        How long to wait for a reply, and the usual delay before it (for the bus-time sum). [s]
    cadence_s
        How often the instrument has a new value; polling faster only repeats it. [s]
    """

    id: str
    title: str
    source: str
    convention: Convention
    registers: tuple[Register, ...]
    max_registers: int = MAX_READ_REGISTERS
    max_hole: int = 8
    even_start: bool = False
    timeout_s: float = 1.0
    turnaround_s: float = 0.05
    cadence_s: float = 1.0
    warm_up_s: float = 0.0
    uptime: str | None = None
    start: StartAction | None = None
    serial: Serial = Serial()
    quality_maps: Mapping[str, Mapping[float, QcFlag]] = field(default_factory=dict)
    quality_default: QcFlag = QcFlag.UNKNOWN

    def register(self, key: str) -> Register:
        """Return the register with this key; KeyError when there is none."""
        for register in self.registers:
            if register.key == key:
                return register
        raise KeyError(key)

    @property
    def quantities(self) -> tuple[str, ...]:
        """Return the quantities this instrument publishes, in file order."""
        return tuple(r.quantity for r in self.registers if r.quantity is not None)


def load_profiles(folder: Path) -> dict[str, Profile]:
    """Return every ``*.toml`` of a folder by profile id; ConfigError names all problems of all files at once."""
    problems: list[str] = []
    profiles: dict[str, Profile] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            profile = load_profile(path)
        except ConfigError as exc:
            problems.extend(exc.problems)
            continue
        if profile.id in profiles:
            problems.append(f"{path}: profile id {profile.id!r} is used by another file; choose another id.")
        profiles[profile.id] = profile
    if not profiles and not problems:
        problems.append(f"{folder}: no *.toml profile here; give the folder of config/profiles.")
    if problems:
        raise ConfigError(*problems)
    return profiles


def load_profile(path: Path) -> Profile:
    """Return the checked profile of one file; ConfigError lists every problem with file and key."""
    return build_profile(settings.load_toml(path), where=str(path))


def build_profile(table: Mapping[str, Any], *, where: str) -> Profile:
    """Return the checked profile of a parsed table; ConfigError lists every problem."""
    problems: list[str] = []
    own = dict(table)
    own["registers"] = _registers(own, own.pop("register", None), where, problems)
    maps = own.pop("quality_map", {})
    own["quality_maps"] = _quality_maps(maps, where, problems)
    flag = own.pop("quality_default", "UNKNOWN")
    own["quality_default"] = _flag(flag, f"{where}.quality_default", problems)
    for key in ("function", "order"):
        own.pop(key, None)
    frozen = {key: own.pop(key) for key in ("registers", "quality_maps", "quality_default")}
    try:
        profile = settings.build(_ProfileHead, own, where=where)
    except ConfigError as exc:
        raise ConfigError(*exc.problems, *problems) from exc
    whole = Profile(**{f: getattr(profile, f) for f in profile.__dataclass_fields__}, **frozen)
    problems.extend(_check(whole, where))
    if problems:
        raise ConfigError(*problems)
    return whole


@dataclass(frozen=True, kw_only=True)
class _ProfileHead:
    """The scalar part of a profile file, for the typed builder."""

    id: str
    title: str
    source: str
    convention: Convention
    max_registers: int = MAX_READ_REGISTERS
    max_hole: int = 8
    even_start: bool = False
    timeout_s: float = 1.0
    turnaround_s: float = 0.05
    cadence_s: float = 1.0
    warm_up_s: float = 0.0
    uptime: str | None = None
    start: StartAction | None = None
    serial: Serial = Serial()


def _registers(head: Mapping[str, Any], rows: object, where: str, problems: list[str]) -> tuple[Register, ...]:
    if not isinstance(rows, list) or not rows:
        problems.append(f"{where}: needs at least one [[register]].")
        return ()
    found = []
    for index, row in enumerate(rows):
        place = f"{where}.register[{index}]"
        if not isinstance(row, Mapping):
            problems.append(f"{place}: needs a table.")
            continue
        try:
            found.append(_register(head, row, place))
        except ConfigError as exc:
            problems.extend(exc.problems)
    return tuple(found)


def _register(head: Mapping[str, Any], row: Mapping[str, Any], place: str) -> Register:
    own = {"order": head.get("order", "ABCD"), "function": head.get("function", 3)} | dict(row)
    own.setdefault("key", own.get("quantity", f"r{own.get('address')}"))
    values = own.pop("values", {})
    try:
        codes = {float(code): float(value) for code, value in values.items()}
    except (AttributeError, TypeError, ValueError) as exc:
        raise ConfigError(f"{place}.values: needs a table of raw code to value, all numbers ({exc}).") from exc
    address = own.get("address")
    if isinstance(address, int) and not isinstance(address, bool):
        own["address"], own["function"] = _protocol_address(address, own["function"], head.get("convention"), place)
    register = settings.build(Register, own, where=place)
    return _with_values(register, codes)


def _with_values(register: Register, codes: Mapping[float, float]) -> Register:
    parts = {name: getattr(register, name) for name in register.__dataclass_fields__}
    return Register(**(parts | {"values": codes}))


_ENTITIES = {0: 1, 1: 2, 3: 4, 4: 3}


def _protocol_address(number: int, function: Any, convention: object, place: str) -> tuple[int, Any]:
    if convention == Convention.ONE:
        return number - 1, function
    if convention != Convention.ENTITY:
        return number, function
    base = 100_000 if number >= 100_000 else 10_000
    entity, offset = divmod(number, base)
    if entity not in _ENTITIES or offset == 0:
        raise ConfigError(f"{place}.address: {number} is not an entity number such as 40001 or 30001.")
    return offset - 1, _ENTITIES[entity]


def _quality_maps(raw: object, where: str, problems: list[str]) -> dict[str, dict[float, QcFlag]]:
    maps: dict[str, dict[float, QcFlag]] = {}
    for name, table in raw.items() if isinstance(raw, Mapping) else ():
        place = f"{where}.quality_map.{name}"
        if not isinstance(table, Mapping):
            problems.append(f"{place}: needs a table of code to flag.")
            continue
        maps[name] = {}
        for code, flag in table.items():
            try:
                maps[name][float(code)] = _flag(flag, f"{place}.{code}", problems)
            except ValueError:
                problems.append(f"{place}.{code}: the code must be a number.")
    return maps


def _flag(raw: object, place: str, problems: list[str]) -> QcFlag:
    if isinstance(raw, str) and raw in QcFlag.__members__:
        return QcFlag[raw]
    problems.append(f"{place}: {raw!r} is not one of {', '.join(QcFlag.__members__)}.")
    return QcFlag.UNKNOWN


def _check(profile: Profile, where: str) -> Iterable[str]:
    keys = [r.key for r in profile.registers]
    for key in sorted({k for k in keys if keys.count(k) > 1}):
        yield f"{where}: key {key!r} is used twice; give each register its own key."
    published = list(profile.quantities)
    for quantity in sorted({q for q in published if published.count(q) > 1}):
        yield f"{where}: quantity {quantity!r} is published twice; one series has one register."
    if profile.uptime is not None and profile.uptime not in keys:
        yield f"{where}.uptime: {profile.uptime!r} is not a register key."
    if not 1 <= profile.max_registers <= MAX_READ_REGISTERS:
        yield f"{where}.max_registers: {profile.max_registers} is not within 1 to {MAX_READ_REGISTERS}."
    for index, register in enumerate(profile.registers):
        yield from _check_register(profile, register, frozenset(keys), f"{where}.register[{index}] ({register.key})")


def _check_register(profile: Profile, register: Register, keys: frozenset[str], place: str) -> Iterable[str]:
    if register.quantity is not None and register.quantity not in QUANTITIES:
        yield f"{place}.quantity: {register.quantity!r} is unknown; use a name of core/units.py."
    if register.function not in (1, 2, 3, 4):
        yield f"{place}.function: {register.function} cannot read; use 1, 2, 3 or 4."
    if (register.function in BIT_FUNCTIONS) != (register.type is ValueType.BOOL and register.bits is None):
        yield f"{place}.type: functions 1 and 2 read bool, functions 3 and 4 read registers (a bit of one: bits)."
    if register.width < 1 or not 0 <= register.address <= 65536 - register.width:
        yield f"{place}.address: {register.address} with width {register.width} is outside 0 to 65535."
    if register.width > profile.max_registers:
        yield f"{place}.type: needs {register.width} registers, more than max_registers {profile.max_registers}."
    for name in (register.quality, register.sign_by, *register.requires):
        if name is not None and name not in keys:
            yield f"{place}: refers to register {name!r}, which is not here."
    if (register.quality is None) != (register.quality_map is None):
        yield f"{place}: quality and quality_map go together."
    if register.quality_map is not None and register.quality_map not in profile.quality_maps:
        yield f"{place}.quality_map: {register.quality_map!r} is not a [quality_map] of this file."
    if register.low is not None and register.high is not None and register.low >= register.high:
        yield f"{place}: low {register.low} is not below high {register.high}."
