"""Where boats go: ports, shelters, grounds, lanes, and the receivers that hear them. Positions are ours.

All of it lies in water by the GSHHG coastline (a test holds that); it is no chart and not for navigation.
"""

from dataclasses import dataclass

Point = tuple[float, float]
"""(lat_deg, lon_deg)"""

OPEN_SOUTH, OPEN_NORTH, OPEN_WEST, OPEN_EAST = 27.25, 27.985, 121.29, 122.6
"""A box of open sea without an islet: straight lines inside it never cross land. [deg]"""


@dataclass(frozen=True, kw_only=True)
class Port:
    """A harbour: its berths and the way from there into the open box."""

    id: str
    name_zh: str
    name_pinyin: str
    berth: Point
    way: tuple[Point, ...]


PORTS = (
    Port(
        id="dongtou",
        name_zh="洞头",
        name_pinyin="DONGTOU",
        berth=(27.8645, 121.2130),
        way=((27.866, 121.245), (27.868, 121.300)),
    ),
    Port(
        id="kanmen",
        name_zh="坎门",
        name_pinyin="KANMEN",
        berth=(28.0420, 121.2980),
        way=((28.020, 121.320), (27.980, 121.335)),
    ),
    Port(id="beiji", name_zh="北麂", name_pinyin="BEIJI", berth=(27.6290, 121.2420), way=((27.630, 121.300),)),
    Port(id="nanji", name_zh="南麂", name_pinyin="NANJI", berth=(27.4700, 121.1560), way=((27.472, 121.300),)),
)
PORT = {port.id: port for port in PORTS}

FARM_WAY: tuple[Point, ...] = ((27.868, 121.268), (27.800, 121.268), (27.7955, 121.2140))
"""From Dongtou harbour round the islets to the cages."""
FARM: Point = (27.797, 121.203)

GROUNDS: tuple[Point, ...] = (
    (27.78, 121.42),
    (27.76, 121.60),
    (27.72, 121.46),
    (27.70, 121.68),
    (27.74, 121.52),
    (27.44, 121.58),
    (27.45, 121.40),
    (27.40, 121.66),
    (27.42, 121.48),
    (27.36, 121.68),
)
"""Centres of fishing grounds in the open box, clear of the lanes; the n-th and the n-th from the end are far apart."""

LANE: tuple[Point, ...] = ((27.00, 121.85), (27.45, 121.96), (27.95, 122.06), (28.40, 122.22))
"""The coastal lane of merchant ships, south to north."""
WENZHOU_WAY: tuple[Point, ...] = (
    (28.050, 122.080),
    (27.960, 121.700),
    (27.955, 121.420),
    (27.925, 121.290),
    (27.918, 121.222),
    (27.933, 121.185),
    (27.936, 121.120),
    (27.930, 121.050),
)
"""From the lane into the approach of Wenzhou between the islands."""
ANCHORAGE: Point = (27.893, 121.385)


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """An AIS receiver or a radar: where it stands and how far it hears class A and class B, or sees. [nmi]"""

    name: str
    lat_deg: float
    lon_deg: float
    class_a_nm: float
    class_b_nm: float


RECEIVERS = (
    Receiver(name="rx1", lat_deg=27.838, lon_deg=121.165, class_a_nm=50.0, class_b_nm=36.0),
    Receiver(name="rx2", lat_deg=27.462, lon_deg=121.070, class_a_nm=42.0, class_b_nm=30.0),
)
RADAR = Receiver(name="radar1", lat_deg=27.7968, lon_deg=121.2015, class_a_nm=16.0, class_b_nm=12.0)
"""The radar on the farm's platform: it sees ships to the first range and boats to the second."""
