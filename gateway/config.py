"""Settings of a gateway: one TOML file to frozen types, every problem reported at once."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from core import settings
from core.errors import ConfigError
from core.profiles import Profile, load_profiles
from core.reading import SeriesKey
from core.topics import GATEWAY_ID

PASSWORD_VARIABLE = "HUANGYU_MQTT_PASSWORD"  # noqa: S105 - the name of a variable, not a password


class Transport(StrEnum):
    """How Modbus frames travel: TCP with transaction ids, RTU on a serial line, RTU frames in a TCP stream."""

    TCP = "tcp"
    RTU = "rtu"
    RTU_OVER_TCP = "rtu_over_tcp"


class NmeaTransport(StrEnum):
    """Where NMEA sentences come from."""

    TCP = "tcp"
    TCP_SERVER = "tcp_server"
    UDP = "udp"
    SERIAL = "serial"
    FILE = "file"


class ClockSource(StrEnum):
    """What makes the clock known: the system's word, the kernel's NTP state, or a GPS among the NMEA inputs."""

    SYSTEM = "system"
    KERNEL = "kernel"
    GPS = "gps"


class PlatformKind(StrEnum):
    """Formats offered to an existing platform, besides our own wire."""

    THINGSBOARD = "thingsboard"
    INFLUX = "influx"


@dataclass(frozen=True, kw_only=True)
class GatewaySection:
    """`id` names the gateway in topics; `profiles` is the folder of instruments, relative to the file."""

    id: str
    profiles: Path = Path("profiles")

    def __post_init__(self) -> None:
        if not GATEWAY_ID.fullmatch(self.id):
            raise ValueError(f"id {self.id!r} needs lower-case letters, digits and hyphens, at most 63.")


@dataclass(frozen=True, kw_only=True)
class Tls:
    """Certificates as PEM files: `ca` checks the broker, `cert` and `key` are the gateway's own."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        if (self.cert is None) != (self.key is None):
            raise ValueError("cert and key go together.")


@dataclass(frozen=True, kw_only=True)
class BrokerSection:
    """Where the broker is and who we are; the password comes from the environment or a file, never from here."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str | None = None
    password_env: str = PASSWORD_VARIABLE
    password_file: Path | None = None
    protocol: str = "3.1.1"
    keepalive_s: int = 20
    tls: Tls | None = None

    def __post_init__(self) -> None:
        if self.protocol not in ("3.1.1", "5"):
            raise ValueError('protocol is "3.1.1" or "5".')
        if not 1 <= self.port <= 65535:
            raise ValueError(f"port {self.port} is not within 1 to 65535.")


@dataclass(frozen=True, kw_only=True)
class SpoolSection:
    """The store on the gateway's disk: `quota_mb` bounds it, `ballast_mb` is set aside for a full disk.

    `commit_interval_s` is the longest a reading waits in memory before it is accepted, `commit_rows` the most.
    """

    path: Path = Path("spool.sqlite")
    quota_mb: float = 512.0
    ballast_mb: float = 4.0
    commit_interval_s: float = 0.5
    commit_rows: int = 2000

    def __post_init__(self) -> None:
        if not 0.0 < self.commit_interval_s <= 0.5:
            raise ValueError("commit_interval_s is within 0 to 0.5: that is what the promise rests on.")
        if self.quota_mb < 1.0 or self.commit_rows < 1 or self.ballast_mb < 0.0:
            raise ValueError("quota_mb is at least 1, commit_rows at least 1, ballast_mb not negative.")


@dataclass(frozen=True, kw_only=True)
class ClockSection:
    """When time is believed; unsynced readings wait at most `hold_unsynced_s` for the first sync."""

    source: ClockSource = ClockSource.SYSTEM
    step_s: float = 1.0
    hold_unsynced_s: float = 900.0


@dataclass(frozen=True, kw_only=True)
class SendSection:
    """How batches go up: records a batch, batches in flight, and the time after which one is sent again.

    The time grows up to eightfold while the shore says nothing at all.
    """

    batch_rows: int = 500
    window: int = 8
    live_window: int = 2
    ack_timeout_s: float = 5.0

    def __post_init__(self) -> None:
        if not (1 <= self.batch_rows <= 5000 and 1 <= self.live_window < self.window <= 64):
            raise ValueError("batch_rows is 1 to 5000 and live_window below window, at most 64.")
        if not 0.1 <= self.ack_timeout_s <= 600.0:
            raise ValueError(f"ack_timeout_s {self.ack_timeout_s} is not within 0.1 to 600.")


@dataclass(frozen=True, kw_only=True)
class BusSection:
    """One line or connection that carries Modbus; `max_load` is the share of its time that polling may take."""

    name: str
    transport: Transport
    host: str = "127.0.0.1"
    port: int = 502
    path: str = ""
    baud: int | None = None
    parity: str | None = None
    stop_bits: int | None = None
    timeout_s: float | None = None
    max_load: float = 0.8

    def __post_init__(self) -> None:
        if self.transport is Transport.RTU and not self.path:
            raise ValueError(f"bus {self.name!r} is a serial line and needs path.")
        if not 0.0 < self.max_load <= 1.0:
            raise ValueError("max_load is within 0 to 1.")
        if self.parity not in (None, "N", "E", "O"):
            raise ValueError("parity is N, E or O.")


@dataclass(frozen=True, kw_only=True)
class UnitSection:
    """One instrument on a bus and where it measures.

    `offset` and `scale` correct single quantities; `skip` names quantities that are not taken from this instrument,
    because another one at the same point measures them better.
    """

    name: str
    bus: str
    unit: int
    profile: str
    cage: str
    point: str
    period_s: float = 10.0
    offset: Mapping[str, float] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    skip: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.unit <= 255:
            raise ValueError(f"unit {self.unit} is not within 0 to 255.")
        if not 0.1 <= self.period_s <= 86_400.0:
            raise ValueError(f"period_s {self.period_s} is not within 0.1 to 86400.")
        for word in (self.cage, self.point):
            if not word or "." in word or any(c.isspace() for c in word):
                raise ValueError(f"{word!r} is no name for a cage or point: no dot, no space.")


@dataclass(frozen=True, kw_only=True)
class NmeaSection:
    """One source of sentences; `lat_deg`, `lon_deg` of the antenna give the receiver's range. [deg]"""

    name: str
    transport: NmeaTransport
    host: str = "127.0.0.1"
    port: int = 0
    path: str = ""
    baud: int = 38_400
    lat_deg: float | None = None
    lon_deg: float | None = None
    stale_s: float = 60.0

    def __post_init__(self) -> None:
        if self.transport in (NmeaTransport.SERIAL, NmeaTransport.FILE) and not self.path:
            raise ValueError(f"nmea {self.name!r} needs path.")
        if not self.name or not self.name[0].isalnum() or not all(c.isalnum() or c in "-_" for c in self.name):
            raise ValueError(f"name {self.name!r} needs letters, digits, - and _ only.")


@dataclass(frozen=True, kw_only=True)
class AisSection:
    """Shortest time between position reports of one target that are passed on, by class. [s]

    0 passes all. Distress, static and safety messages always pass, whatever stands here.
    """

    class_a_s: float = 6.0
    class_a_still_s: float = 60.0
    class_b_s: float = 10.0
    aton_s: float = 180.0
    base_s: float = 180.0
    radar_s: float = 5.0


@dataclass(frozen=True, kw_only=True)
class CommandSection:
    """One allowed action from shore: which coil or register of which unit may be given which values."""

    name: str
    unit: str
    address: int
    kind: str = "coil"
    values: tuple[int, ...] = (0, 1)
    max_age_s: float = 60.0
    min_interval_s: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in ("coil", "register"):
            raise ValueError('kind is "coil" or "register".')
        if not self.values or not all(0 <= v <= (1 if self.kind == "coil" else 65535) for v in self.values):
            raise ValueError("values need at least one number that fits the coil or register.")
        if not 0.0 < self.max_age_s <= 3600.0:
            raise ValueError("max_age_s is within 0 to 3600: a command must not lie about for long.")


@dataclass(frozen=True, kw_only=True)
class HttpSection:
    """Metrics and health page on the loopback interface; port 0 is a free one, None is off."""

    port: int | None = None


@dataclass(frozen=True, kw_only=True)
class PlatformSection:
    """A copy of live readings for a platform that exists already; without the promise that our own shore gets."""

    kind: PlatformKind
    host: str
    port: int = 1883
    username: str | None = None
    password_env: str = "HUANGYU_PLATFORM_PASSWORD"  # noqa: S105 - the name of a variable
    topic: str = ""
    queue: int = 1000


@dataclass(frozen=True, kw_only=True)
class GatewayConfig:
    """The whole file."""

    gateway: GatewaySection
    broker: BrokerSection = BrokerSection()
    spool: SpoolSection = SpoolSection()
    clock: ClockSection = ClockSection()
    send: SendSection = SendSection()
    ais: AisSection = AisSection()
    http: HttpSection = HttpSection()
    bus: tuple[BusSection, ...] = ()
    unit: tuple[UnitSection, ...] = ()
    nmea: tuple[NmeaSection, ...] = ()
    command: tuple[CommandSection, ...] = ()
    platform: tuple[PlatformSection, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A checked file: its settings, the profiles that its units name, and where it came from."""

    config: GatewayConfig
    profiles: Mapping[str, Profile]
    path: Path

    def profile_of(self, unit: UnitSection) -> Profile:
        """Return the profile of a unit."""
        return without(self.profiles[unit.profile], unit.skip)

    def bus_of(self, unit: UnitSection) -> BusSection:
        """Return the bus of a unit."""
        return next(bus for bus in self.config.bus if bus.name == unit.bus)


def load(path: Path) -> Loaded:
    """Return the checked settings of a file; ConfigError lists every problem with file and key."""
    return build(settings.load_toml(path), path)


def build(table: Mapping[str, Any], path: Path) -> Loaded:
    """Return the checked settings of a parsed table that stands for `path`."""
    config = settings.build(GatewayConfig, table, where=str(path))
    folder = config.gateway.profiles
    problems: list[str] = []
    profiles: dict[str, Profile] = {}
    if config.unit:
        try:
            profiles = load_profiles(folder if folder.is_absolute() else path.parent / folder)
        except ConfigError as exc:
            problems.extend(exc.problems)
    problems.extend(_cross_check(config, profiles, str(path)))
    if problems:
        raise ConfigError(*problems)
    used = {unit.profile for unit in config.unit}
    return Loaded(config=config, profiles={k: v for k, v in profiles.items() if k in used}, path=path)


def without(profile: Profile, skip: Collection[str]) -> Profile:
    """Return the profile with some quantities turned into helpers that are not published."""
    if not skip:
        return profile
    registers = tuple(replace(r, quantity=None) if r.quantity in skip else r for r in profile.registers)
    return replace(profile, registers=registers)


def password(section: BrokerSection) -> str | None:
    """Return the broker password from the named file or environment variable, None when there is neither."""
    if section.password_file is not None:
        try:
            return section.password_file.read_text(encoding="utf-8").strip()
        except OSError as exc:
            raise ConfigError(f"{section.password_file}: the password file cannot be read ({exc}).") from exc
    return os.environ.get(section.password_env)


def _cross_check(config: GatewayConfig, profiles: Mapping[str, Profile], where: str) -> Iterable[str]:
    buses = [bus.name for bus in config.bus]
    yield from _doubles("bus", buses, where)
    yield from _doubles("unit", [unit.name for unit in config.unit], where)
    yield from _doubles("nmea", [row.name for row in config.nmea], where)
    yield from _doubles("command", [row.name for row in config.command], where)
    for index, unit in enumerate(config.unit):
        yield from _check_unit(unit, buses, profiles, f"{where}.unit[{index}] ({unit.name})")
    yield from _check_addresses(config, where)
    yield from _check_series(config, profiles, where)
    names = {unit.name for unit in config.unit}
    for index, command in enumerate(config.command):
        if command.unit not in names:
            yield f"{where}.command[{index}] ({command.name}): unit {command.unit!r} is not a [[unit]] of this file."


def _doubles(kind: str, names: list[str], where: str) -> Iterable[str]:
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"{where}: [[{kind}]] name {name!r} is used twice; give each its own."


def _check_unit(unit: UnitSection, buses: list[str], profiles: Mapping[str, Profile], place: str) -> Iterable[str]:
    if unit.bus not in buses:
        yield f"{place}.bus: {unit.bus!r} is not a [[bus]] of this file; known are {', '.join(buses) or 'none'}."
    if profiles and unit.profile not in profiles:
        known = ", ".join(sorted(profiles))
        yield f"{place}.profile: {unit.profile!r} is not in the profile folder; known are {known}."
    elif unit.profile in profiles:
        for key in (*unit.offset, *unit.scale, *unit.skip):
            if key not in profiles[unit.profile].quantities:
                yield f"{place}: offset, scale or skip names {key!r}, which profile {unit.profile!r} does not publish."


def _check_addresses(config: GatewayConfig, where: str) -> Iterable[str]:
    seen: dict[tuple[str, int], str] = {}
    for unit in config.unit:
        other = seen.setdefault((unit.bus, unit.unit), unit.name)
        if other != unit.name:
            yield f"{where}: units {other!r} and {unit.name!r} share address {unit.unit} on bus {unit.bus!r}."


def _check_series(config: GatewayConfig, profiles: Mapping[str, Profile], where: str) -> Iterable[str]:
    seen: dict[SeriesKey, str] = {}
    for unit in config.unit:
        for quantity in profiles[unit.profile].quantities if unit.profile in profiles else ():
            if quantity in unit.skip:
                continue
            key = SeriesKey(cage=unit.cage, point=unit.point, quantity=quantity)
            other = seen.setdefault(key, unit.name)
            if other != unit.name:
                both = f"units {other!r} and {unit.name!r} both measure {key}"
                yield f"{where}: {both}; let one skip it, or give it another point."
