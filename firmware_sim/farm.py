"""The fictitious farms: where the cages are, what is in them, which instruments hang there on which wire."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Cage:
    """One cage, or the platform beside them (no fish).

    Parameters
    ----------
    depth_m
        Water depth at mean sea level. [m]
    stream_factor
        Tidal stream here over the stream in the open, islands shelter some sites.
    fish, mean_weight_g
        Large yellow croaker in the cage.
    volume_m3
        Water inside the net. [m3]
    moorings
        Number of lines, 0 where none is measured.
    """

    id: str
    farm: str
    name_zh: str
    name_en: str
    lat_deg: float
    lon_deg: float
    depth_m: float
    stream_factor: float = 1.0
    fish: int = 0
    mean_weight_g: float = 0.0
    volume_m3: float = 0.0
    moorings: int = 0

    @property
    def biomass_kg(self) -> float:
        """Return the weight of the fish. [kg]"""
        return self.fish * self.mean_weight_g / 1000.0

    @property
    def stocking_kg_m3(self) -> float:
        """Return the stocking density. [kg/m3]"""
        return self.biomass_kg / self.volume_m3 if self.volume_m3 else 0.0


@dataclass(frozen=True, kw_only=True)
class Farm:
    """One farm, with names for people."""

    id: str
    name_zh: str
    name_en: str
    district: str
    lat_deg: float
    lon_deg: float


FARMS = (
    Farm(id="dt01", name_zh="东海一号养殖场（演示）", name_en="Donghai No. 1 farm (demo)", district="dongtou",
         lat_deg=27.797, lon_deg=121.203),
    Farm(id="dt02", name_zh="南礁养殖场（演示）", name_en="Nanjiao farm (demo)", district="dongtou",
         lat_deg=27.680, lon_deg=121.245),
)  # fmt: skip
# HDPE gravity cages of 60-90 m circumference with 8-12 m nets; stocking 8-14 kg/m3 as usual for croaker in deep cages.
CAGES = (
    Cage(id="dt01-c01", farm="dt01", name_zh="1号网箱", name_en="Cage 1", lat_deg=27.7990, lon_deg=121.2000,
         depth_m=16.0, stream_factor=1.0, fish=28_000, mean_weight_g=420.0, volume_m3=1400.0, moorings=4),
    Cage(id="dt01-c02", farm="dt01", name_zh="2号网箱", name_en="Cage 2", lat_deg=27.7974, lon_deg=121.2031,
         depth_m=15.0, stream_factor=0.85, fish=36_000, mean_weight_g=480.0, volume_m3=1400.0),
    Cage(id="dt01-c03", farm="dt01", name_zh="3号网箱", name_en="Cage 3", lat_deg=27.7958, lon_deg=121.2062,
         depth_m=15.0, stream_factor=0.75, fish=52_000, mean_weight_g=300.0, volume_m3=1400.0),
    Cage(id="dt01-p01", farm="dt01", name_zh="监测平台", name_en="Platform", lat_deg=27.7968, lon_deg=121.2015,
         depth_m=16.0),
    Cage(id="dt02-c01", farm="dt02", name_zh="南礁1号网箱", name_en="Nanjiao cage 1", lat_deg=27.6800, lon_deg=121.2450,
         depth_m=18.0, stream_factor=1.1, fish=20_000, mean_weight_g=500.0, volume_m3=1200.0),
)  # fmt: skip
CAGE = {cage.id: cage for cage in CAGES}


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One instrument on a wire; `number` is its Modbus address, `profile` names its register map."""

    number: int
    profile: str
    cage: str
    point: str

    @property
    def name(self) -> str:
        """Return the name used by control commands and scenario faults."""
        return f"{self.cage}.{self.point}.{self.profile}"

    @property
    def depth_m(self) -> float:
        """Return the depth of a water instrument, from its point; 2 m for those on the platform. [m]"""
        return float(self.point[1:]) if self.point[:1] == "d" and self.point[1:].isdigit() else 2.0


@dataclass(frozen=True, kw_only=True)
class Bus:
    """One wire with its units; `transport` is tcp, rtu (pseudo-terminal) or rtu_over_tcp."""

    name: str
    transport: str
    units: tuple[Unit, ...]
    baud: int = 9600


def _units(cage: str, *rows: tuple[int, str, str]) -> tuple[Unit, ...]:
    return tuple(Unit(number=number, profile=profile, cage=cage, point=point) for number, point, profile in rows)


DEFAULT_BUSES = (
    Bus(
        name="dt01-c01",
        transport="tcp",
        units=_units(
            "dt01-c01",
            (1, "d2", "ysi-odo-rtu"),
            (2, "d6", "insitu-aquatroll-400"),
            *((20 + i, f"m{i}", "generic-int32") for i in range(1, 5)),
            (41, "act", "generic-relay"),
        ),
    ),
    Bus(
        name="dt01-c02",
        transport="tcp",
        units=_units(
            "dt01-c02",
            (3, "d2", "ysi-odo-rtu"),
            (4, "d6", "insitu-aquatroll-400"),
            (42, "act", "generic-relay"),
        ),
    ),
    Bus(
        name="dt01-c03",
        transport="rtu",
        units=_units(
            "dt01-c03",
            (5, "d2", "ysi-odo-rtu"),
            (6, "d6", "supmea-sup-do7013"),
            (43, "act", "generic-relay"),
        ),
    ),
    Bus(
        name="dt01-p01",
        transport="tcp",
        units=_units(
            "dt01-p01",
            (10, "met", "vaisala-wxt530"),
            (12, "power", "epever-tracer"),
            (14, "wave", "generic-float32"),
        ),
    ),
    Bus(
        name="dt01-p01-485",
        transport="rtu_over_tcp",
        units=_units(
            "dt01-p01",
            (11, "met", "vaisala-wm80"),
            (13, "cur", "ott-svr-100"),
            (15, "d2", "ysi-iq-182"),
        ),
    ),
    Bus(name="dt02-c01", transport="tcp", units=_units("dt02-c01", (31, "d2", "hach-ldo-aq"))),
)
"""The demo's wires: every transport, every kind of instrument but those of `BENCH_BUS`."""

BENCH_BUS = Bus(
    name="bench",
    transport="tcp",
    units=(
        *_units("dt01-p01", (51, "d4", "hach-tss"), (52, "d6", "aqualabo-digisens")),
        *_units("dt02-c01", (53, "met", "lambrecht-weather")),
    ),
)
"""Instruments J, K and L on one more wire, served only when a scenario or command asks for them."""
