"""What a transponder says at one moment, as NMEA sentences: position, static data, safety text."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from core.geo import M_PER_NM
from firmware_sim import ais
from firmware_sim.cast import Transponder
from firmware_sim.noise import normal
from firmware_sim.tracks import Fix

GPS_M = 4.0
"""Standard deviation of a transponder's own position, east and north. [m]"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """One report due: whose, when, which in its own count, and the true fixes with the index of this one."""

    aerial: Transponder
    stream: int
    at_s: float
    counter: int
    fix: Fix
    i: int

    @property
    def channel(self) -> str:
        """Return the radio channel: they alternate."""
        return "AB"[self.counter & 1]


Maker = Callable[[Moment], list[str]]


def position(moment: Moment) -> list[str]:
    """Return the position report of the station's kind."""
    return ais.vdm(_POSITIONS[moment.aerial.station](moment), channel=moment.channel, sequence=moment.counter)


def _class_a(moment: Moment) -> ais.Bits:
    lat, lon, sog, cog = felt(moment)
    sart = moment.aerial.station == "sart"
    return ais.position_a(
        mmsi=moment.aerial.mmsi,
        lat_deg=lat,
        lon_deg=lon,
        sog_kn=sog,
        cog_deg=cog,
        heading_deg=None if sart else cog,
        rot_deg_min=None if sart else 0.0,
        nav_status=nav_status(moment.aerial, int(moment.fix.status[moment.i])) or 0,
        second=int(moment.at_s) % 60,
    )


def _class_b(moment: Moment) -> ais.Bits:
    lat, lon, sog, cog = felt(moment)
    second = int(moment.at_s) % 60
    return ais.position_b(mmsi=moment.aerial.mmsi, lat_deg=lat, lon_deg=lon, sog_kn=sog, cog_deg=cog, second=second)


def _class_b_extended(moment: Moment) -> ais.Bits:
    lat, lon, sog, cog = felt(moment)
    return ais.position_b_extended(
        mmsi=moment.aerial.mmsi,
        lat_deg=lat,
        lon_deg=lon,
        sog_kn=sog,
        cog_deg=cog,
        name=moment.aerial.name or "",
        ship_type=moment.aerial.ship_type,
        sides_m=moment.aerial.sides_m,
        second=int(moment.at_s) % 60,
    )


def _base(moment: Moment) -> ais.Bits:
    lat, lon, _, _ = felt(moment)
    when = datetime.fromtimestamp(math.floor(moment.at_s), UTC).timetuple()[:6]
    return ais.base_station(mmsi=moment.aerial.mmsi, lat_deg=lat, lon_deg=lon, when=when)


def _aircraft(moment: Moment) -> ais.Bits:
    lat, lon, sog, cog = felt(moment)
    second = int(moment.at_s) % 60
    return ais.sar_aircraft(
        mmsi=moment.aerial.mmsi, lat_deg=lat, lon_deg=lon, altitude_m=300, sog_kn=sog, cog_deg=cog, second=second
    )


def _aton(moment: Moment) -> ais.Bits:
    lat, lon, _, _ = felt(moment)
    aerial = moment.aerial
    return ais.aid_to_navigation(
        mmsi=aerial.mmsi,
        kind=aerial.aton_kind,
        name=aerial.name or "",
        lat_deg=lat,
        lon_deg=lon,
        virtual=aerial.virtual,
    )


_POSITIONS: dict[str, Callable[[Moment], ais.Bits]] = {
    "a": _class_a,
    "sart": _class_a,
    "b": _class_b,
    "b19": _class_b_extended,
    "base": _base,
    "sar": _aircraft,
    "aton": _aton,
}


def static_a(moment: Moment) -> list[str]:
    """Return message 5."""
    aerial = moment.aerial
    bits = ais.static_a(
        mmsi=aerial.mmsi,
        name=aerial.name or "",
        call_sign=aerial.call_sign,
        imo=aerial.imo,
        ship_type=aerial.ship_type,
        sides_m=aerial.sides_m,
        draught_m=min(aerial.sides_m[0] / 12.0, 14.0),
        destination=aerial.destination,
    )
    return ais.vdm(bits, channel=moment.channel, sequence=moment.counter)


def static_b(moment: Moment) -> list[str]:
    """Return messages 24 A and B; nothing where the boat sends no static data."""
    aerial = moment.aerial
    if aerial.name is None:
        return []
    data = ais.static_b_data(
        mmsi=aerial.mmsi, ship_type=aerial.ship_type, call_sign=aerial.call_sign, sides_m=aerial.sides_m
    )
    name = ais.static_b_name(mmsi=aerial.mmsi, name=aerial.name)
    return ais.vdm(name, channel=moment.channel) + ais.vdm(data, channel=moment.channel)


def safety_text(moment: Moment) -> list[str]:
    """Return message 14 with the device's own words."""
    bits = ais.safety_text(mmsi=moment.aerial.mmsi, text=moment.aerial.name or "SART ACTIVE")
    return ais.vdm(bits, channel=moment.channel)


def felt(moment: Moment) -> tuple[float, float, float, float]:
    """Return (lat_deg, lon_deg, sog_kn, cog_deg) as the transponder's own receiver has them."""
    fix, i, aerial = moment.fix, moment.i, moment.aerial
    if aerial.station in ("aton", "base"):
        return float(fix.lat_deg[i]), float(fix.lon_deg[i]), 0.0, 0.0
    noise = normal(moment.stream ^ 11, np.arange(4) + 4 * moment.counter)
    lat = float(fix.lat_deg[i]) + (noise[0] * GPS_M + aerial.offset_m[1]) / M_PER_NM / 60.0
    east_nm = (noise[1] * GPS_M + aerial.offset_m[0]) / M_PER_NM
    lon = float(fix.lon_deg[i]) + east_nm / 60.0 / math.cos(math.radians(lat))
    sog = max(float(fix.sog_kn[i]) + 0.08 * float(noise[2]), 0.0)
    # A drifting boat's course over ground is mostly noise.
    spread = 1.5 if sog > 2 else 8.0 if sog > 0.4 else 90.0
    return lat, lon, sog, (float(fix.cog_deg[i]) + spread * float(noise[3])) % 360.0


def nav_status(aerial: Transponder, moving: int) -> int | None:
    """Return the navigational status a station sends: 14 active SART, 15 under test, None for class B."""
    if aerial.station == "sart":
        return 15 if aerial.virtual else 14
    return moving if aerial.station == "a" else None
