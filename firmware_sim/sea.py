"""The seeded sea: water, weather and waves as functions of place and time, with the scenario's troubles in them."""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from firmware_sim import tide
from firmware_sim.farm import CAGE, Cage
from firmware_sim.noise import Floats, Wander
from firmware_sim.scenario import Dip, Scenario, load_scenario
from firmware_sim.seawater import conductivity_us_cm, dew_point_c, oxygen_saturation_mg_l
from firmware_sim.storm import AMBIENT_HPA, Storm

YEAR_S = 365.2425 * 86_400.0
DAY_S = 86_400.0
LOCAL_S = 8 * 3600.0
"""Asia/Shanghai is UTC+8 without summer time. [s]"""
RESPIRATION_MG_L = 0.085
"""Oxygen that 1 kg/m3 of croaker takes from water standing still at 20 degC, at this exchange; ours, gives slack-water
dips of 0.5-1.5 mg/L as farms report. [mg/L per kg/m3]"""
RESPIRATION_Q10 = 2.0
HALF_STREAM_MPS = 0.18
"""Stream at which exchange through the net halves the deficit; ours. [m/s]"""
AERATOR_GAIN_MG_L = 1.1
AERATOR_TAU_S = 900.0

_LAGS_S = np.array([0.0, 1.0, 2.0, 3.0, 4.5, 6.0, 9.0]) * 3600.0
_LAG_WEIGHT = np.array([0.22, 0.22, 0.18, 0.14, 0.11, 0.08, 0.05])
"""How much the wind of each past hour counts in the sea that runs now; ours."""


class Sea:
    """Truth about the water and the air for one scenario, seed and anchor.

    Parameters
    ----------
    scenario
        Name, path or scenario.
    seed
        Same seed, same sea.
    anchor
        Instant of the scenario's hour 0, aware; it is floored to the second.
    """

    def __init__(self, scenario: "str | Scenario" = "calm", seed: int = 1, anchor: datetime | None = None) -> None:
        self.scenario = load_scenario(scenario)
        self.seed = seed
        self.anchor = (anchor or datetime.now(UTC)).replace(microsecond=0)
        self.anchor_s = self.anchor.timestamp()
        self.aerators: dict[str, list[tuple[float, float]]] = {}
        fixes = self.scenario.sea.storm
        self.storm = Storm.make(fixes, self.anchor_s) if fixes else None

    @cached_property
    def _season_shift_s(self) -> float:
        wanted = self.scenario.sea.season_date
        if not wanted:
            return 0.0
        month, day = (int(part) for part in wanted.split("-"))
        today = self.anchor.date()
        return (date(today.year, month, day) - today).days * DAY_S

    @cached_property
    def _wanders(self) -> Mapping[str, Wander]:
        spans = {
            "temp": (40.0, 500.0), "salt": (30.0, 400.0), "bloom": (60.0, 500.0), "cloud": (6.0, 90.0),
            "wind_e": (7.0, 220.0), "wind_n": (7.0, 220.0), "gust": (0.3, 5.0), "swell": (20.0, 300.0),
            "pressure": (24.0, 240.0), "humidity": (8.0, 120.0), "stream": (3.0, 60.0), "patch": (1.5, 12.0),
            "tension": (0.1, 2.0), "fouling": (300.0, 900.0), "turbid": (5.0, 80.0),
        }  # fmt: skip
        return {
            name: Wander.make(self.seed, name, shortest_h=low, longest_h=high) for name, (low, high) in spans.items()
        }

    def _wander(self, name: str, times: Floats) -> Floats:
        return self._wanders[name](times)

    # ------------------------------------------------------------------ season and light

    def _season(self, times: Floats) -> Floats:
        """Return the phase of the year, 0 at the warmest day (16 August). [rad]"""
        start = datetime(2025, 8, 16, tzinfo=UTC).timestamp()
        return np.asarray(2.0 * np.pi * (times + self._season_shift_s - start) / YEAR_S)

    @staticmethod
    def _hour(times: Floats) -> Floats:
        """Return the local hour of day, 0..24."""
        return np.asarray(((times + LOCAL_S) % DAY_S) / 3600.0)

    def light(self, times: ArrayLike) -> Floats:
        """Return photosynthetic light at the surface, 0 at night. [umol/m2/s]"""
        t = _array(times)
        day_h = 12.0 + 1.9 * np.cos(self._season(t) + 0.9)
        sun = np.sin(np.pi * (self._hour(t) - (12.0 - day_h / 2)) / day_h)
        clear = 0.65 + 0.3 * np.tanh(self._wander("cloud", t))
        return np.asarray(np.where(np.abs(self._hour(t) - 12.0) < day_h / 2, 1750.0 * np.clip(sun, 0, 1) * clear, 0.0))

    # ------------------------------------------------------------------ air

    def weather(self, lat_deg: float, lon_deg: float, times: ArrayLike) -> dict[str, Floats]:
        """Return the air and the waves at a place: mean wind at 10 m (its direction is from), gust, Hs, pressure…"""
        t = _array(times)
        east, north, drop = self.wind_vector(lat_deg, lon_deg, t)
        speed = np.hypot(east, north)
        came_from = np.degrees(np.arctan2(-east, -north)) % 360.0
        warm = np.cos(self._season(t))
        air = 18.3 + 9.6 * warm + 2.4 * np.cos(2 * np.pi * (self._hour(t) - 14.5) / 24) + 1.5 * self._wander("temp", t)
        humid = np.clip(76.0 + 6.0 * warm + 9.0 * self._wander("humidity", t), 28.0, 99.0)
        humid = np.where(drop > 1.0, np.maximum(humid, 92.0), humid)
        pressure = AMBIENT_HPA + 4.0 - 7.0 * warm + 3.5 * self._wander("pressure", t) - drop
        waves = self.waves(lat_deg, lon_deg, t)
        return {
            "wind_mps": speed,
            "wind_dir_deg": came_from,
            "gust_mps": speed * (1.32 + 0.06 * self._wander("gust", t)),
            "air_temp_c": air,
            "humidity_pct": humid,
            "dew_point_c": dew_point_c(air, humid),
            "pressure_hpa": pressure,
            "light_umol": self.light(t),
            **waves,
        }

    def wind_vector(self, lat_deg: ArrayLike, lon_deg: ArrayLike, times: ArrayLike) -> tuple[Floats, Floats, Floats]:
        """Return (east_mps, north_mps, storm's pressure deficit in hPa); points and times broadcast."""
        t = np.asarray(times, dtype=np.float64)
        flat = t.ravel()
        lat, lon = np.asarray(lat_deg, dtype=np.float64), np.asarray(lon_deg, dtype=np.float64)
        # The monsoon: north-east in winter, south-west in summer; a little more wind offshore.
        factor = self.scenario.sea.wind_factor
        season = np.cos(self._season(flat))
        base_e = ((-2.2 + 3.0 * season) + 3.4 * self._wander("wind_e", flat)).reshape(t.shape) * factor
        base_n = ((-2.6 + 4.6 * season) + 3.8 * self._wander("wind_n", flat)).reshape(t.shape) * factor
        offshore = 1.0 + 0.10 * np.clip((lon - 121.2), -1.0, 2.0) + 0.03 * np.clip(lat - 27.8, -2.0, 2.0)
        east, north = base_e * offshore, base_n * offshore
        drop = np.zeros(np.broadcast(east, lat).shape)
        if self.storm is not None:
            storm_e, storm_n, drop, distance_km = self.storm.wind(lat, lon, t)
            keep = 1.0 - 0.8 * np.exp(-((distance_km / 400.0) ** 2)) * self.storm.alive(t)
            east, north = east * keep + storm_e, north * keep + storm_n
        return np.asarray(east), np.asarray(north), np.asarray(drop)

    def waves(self, lat_deg: ArrayLike, lon_deg: ArrayLike, times: ArrayLike) -> dict[str, Floats]:
        """Return Hs, Tp, Dp: wind sea from the last nine hours of wind, background swell and the storm's forerunners.

        Points and times broadcast against each other.
        """
        lat, lon, t = (np.asarray(x, dtype=np.float64) for x in (lat_deg, lon_deg, times))
        east, north, _ = self.wind_vector(lat[..., None], lon[..., None], t[..., None] - _LAGS_S)
        energy = (east**2 + north**2) @ _LAG_WEIGHT
        # Fully grown sea 0.0246 U^2 (Pierson and Moskowitz 1964), held by fetch and duration in the coastal strip.
        wind_sea = 0.0205 * energy / (1.0 + np.sqrt(energy) / 30.0)
        swell = 0.55 * np.exp(0.35 * self._wander("swell", t.ravel())).reshape(t.shape)
        forerun = self._forerunners(lat, lon, t)
        sheltered = np.where(lon < 121.27, 0.72, 1.0)
        hs = np.sqrt(wind_sea**2 + swell**2 + forerun**2) * sheltered
        hs = np.minimum(hs, np.where(sheltered < 1.0, 9.0, 18.0))
        tp = 3.6 * np.sqrt(np.maximum(hs, 0.2)) + 1.6 + 2.0 * (swell + forerun) / (hs + 0.3)
        came_from = np.degrees(np.arctan2(-(east @ _LAG_WEIGHT), -(north @ _LAG_WEIGHT))) % 360.0
        return {"hs_m": hs, "tp_s": np.clip(tp, 2.5, 16.0), "dp_deg": came_from}

    def _forerunners(self, lat: Floats, lon: Floats, t: Floats) -> Floats:
        """Return the height of the swell that runs before a storm. [m]"""
        if self.storm is None:
            return np.zeros(np.broadcast(lat, lon, t).shape)
        _, _, _, km = self.storm.wind(lat, lon, t)
        strength = np.interp(t, self.storm.times, self.storm.vmax_mps) / 45.0
        return np.asarray(3.2 * np.exp(-km / 420.0) * self.storm.alive(t) * strength)

    # ------------------------------------------------------------------ water

    def stream(self, cage: str, times: ArrayLike) -> tuple[Floats, Floats]:
        """Return (speed, direction towards) of the current at a cage: tide, residual and wind drift. [m/s, deg]"""
        t = _array(times)
        site = CAGE[cage]
        along = tide.stream_mps(t) * site.stream_factor + 0.05 * self._wander("stream", t)
        wind_e, wind_n, _ = self.wind_vector(site.lat_deg, site.lon_deg, t)
        flood = math.radians(tide.FLOOD_DEG)
        # Surface drift 1.5 % of the wind in these sheltered waters (2-3 % in the open).
        east = along * math.sin(flood) + 0.015 * wind_e + 0.03
        north = along * math.cos(flood) + 0.015 * wind_n - 0.02
        return np.hypot(east, north), np.degrees(np.arctan2(east, north)) % 360.0

    def water(self, cage: str, depth_m: float, times: ArrayLike) -> dict[str, Floats]:
        """Return the truth of the water in a cage at a depth: oxygen, temperature, salinity, pH, turbidity, current…"""
        t = _array(times)
        site = CAGE[cage]
        temp, salt = self._temperature(depth_m, t), self._salinity(depth_m, t)
        saturation = oxygen_saturation_mg_l(temp, salt)
        speed, direction = self.stream(cage, t)
        oxygen = self._oxygen(site, depth_m, t, temp, saturation)
        bloom = self._bloom(t)
        energy = np.hypot(*self.wind_vector(site.lat_deg, site.lon_deg, t)[:2])
        turbid = 6.0 + 9.0 * speed + 0.10 * energy**1.5 + 2.0 * np.abs(self._wander("turbid", t)) + 0.25 * depth_m
        return {
            "do_mg_l": oxygen,
            "do_sat_pct": 100.0 * oxygen / saturation,
            "water_temp_c": temp,
            "salinity_psu": salt,
            "conductivity_us_cm": conductivity_us_cm(temp, salt),
            "ph": 8.05 + 0.10 * np.tanh((oxygen / saturation - 0.9) * 4.0) - 0.004 * depth_m,
            "orp_mv": 210.0 - 60.0 * np.exp(-oxygen),
            "turbidity_ntu": turbid,
            "chlorophyll_ug_l": 2.2 * np.exp(0.9 * bloom) * np.exp(-depth_m / 25.0),
            "current_mps": speed,
            "current_dir_deg": direction,
            "water_level_m": tide.level_m(t),
        }

    def _temperature(self, depth_m: float, t: Floats) -> Floats:
        warm = np.cos(self._season(t))
        layered = np.clip(warm, 0.0, 1.0) * 0.12 * depth_m
        diel = 0.35 * np.exp(-depth_m / 4.0) * np.cos(2 * np.pi * (self._hour(t) - 15.5) / 24)
        return np.asarray(19.3 + 8.2 * warm + 0.7 * self._wander("temp", t) - layered + diel + 0.12 * tide.level_m(t))

    def _salinity(self, depth_m: float, t: Floats) -> Floats:
        fresh = np.clip(np.cos(self._season(t) + 0.9), 0.0, 1.0)
        base = 30.6 - 2.2 * fresh + 0.06 * depth_m
        return np.asarray(base + 0.7 * self._wander("salt", t) + 0.35 * tide.level_m(t))

    def _bloom(self, t: Floats) -> Floats:
        return np.asarray(self.scenario.sea.bloom * (0.6 + 0.4 * np.tanh(self._wander("bloom", t))))

    def _oxygen(self, site: Cage, depth_m: float, t: Floats, temp: Floats, saturation: Floats) -> Floats:
        clear = 0.65 + 0.3 * np.tanh(self._wander("cloud", t))
        diel = np.cos(2 * np.pi * (self._hour(t) - 15.8) / 24)
        plants = self._bloom(t) * (0.075 * diel * (0.5 + clear) + 0.02) * np.exp(-depth_m / 14.0)
        fraction = 0.955 + plants - 0.006 * depth_m + 0.012 * self._wander("patch", t + 977.0 * len(site.id) + depth_m)
        # The water in the net answers the stream of about a quarter of an hour ago.
        speed, _ = self.stream(site.id, t - 900.0)
        metabolism = RESPIRATION_Q10 ** ((temp - 20.0) / 10.0)
        deficit = RESPIRATION_MG_L * site.stocking_kg_m3 * metabolism * HALF_STREAM_MPS / (HALF_STREAM_MPS + speed)
        natural = fraction * saturation - deficit + self._aeration(site.id, t)
        for dip in self.scenario.sea.dips:
            if dip.cage == site.id:
                natural = _softmin(natural, self._dip(dip, t) - 0.05 * (depth_m - 2.0) + self._aeration(site.id, t))
        return np.asarray(np.maximum(natural, 0.15))

    def _dip(self, dip: Dip, t: Floats) -> Floats:
        """Return the collapse's own curve: straight down to the level, easing to the floor, later rising away."""
        hours = (t - self.anchor_s - dip.cross_s) / 3600.0
        room = dip.level_mg_l - dip.floor_mg_l
        falling = np.where(
            hours < 0.0,
            dip.level_mg_l - dip.slope_mg_l_h * hours,
            dip.floor_mg_l + room * np.exp(-np.maximum(hours, 0.0) * dip.slope_mg_l_h / room),
        )
        return np.asarray(falling + 8.0 * np.clip((hours - dip.hold_h) / dip.recover_h, 0.0, 5.0))

    def _aeration(self, cage: str, t: Floats) -> Floats:
        gain = np.zeros_like(t)
        for start, end in self.aerators.get(cage, ()):
            up = 1.0 - np.exp(-np.maximum(np.minimum(t, end) - start, 0.0) / AERATOR_TAU_S)
            gain += AERATOR_GAIN_MG_L * up * np.exp(-np.maximum(t - end, 0.0) / AERATOR_TAU_S)
        return gain

    # ------------------------------------------------------------------ structure and power

    def tension_kn(self, cage: str, line: int, times: ArrayLike) -> Floats:
        """Return the mean tension of one mooring line, 1..4 at 45, 135, 225, 315 degrees. [kN]"""
        t = _array(times)
        site = CAGE[cage]
        speed, direction = self.stream(cage, t)
        hs = self.waves(site.lat_deg, site.lon_deg, t)["hs_m"]
        bearing = 45.0 + 90.0 * (line - 1)
        # A line pulls when the water drives the cage away from its anchor.
        pull = np.clip(-np.cos(np.radians(direction - bearing)), 0.0, 1.0)
        return np.asarray(
            4.0 + 34.0 * speed**2 * pull + 2.6 * hs**1.5 * (0.4 + 0.6 * pull) + 0.3 * self._wander("tension", t)
        )

    def power(self, times: ArrayLike) -> dict[str, Floats]:
        """Return the buoy's solar supply: panel, charging current, battery of nominal 12 V."""
        t = _array(times)
        sun = self.light(t) / 1750.0
        pv_w = 180.0 * sun
        # State of charge from the light of the last day and a half against a steady load.
        lags = np.arange(0.0, 36.0, 3.0) * 3600.0
        mean = self.light((t[:, None] - lags).ravel()).reshape(t.size, lags.size).mean(axis=1) / 1750.0
        charge = np.clip(0.35 + 2.4 * mean, 0.08, 1.0)
        battery = 11.6 + 1.3 * charge + 1.0 * np.minimum(sun * 2.0, 1.0)
        pv_v = np.where(sun > 0.01, 15.5 + 3.0 * np.sqrt(sun), 0.4)
        return {
            "pv_v": pv_v,
            "pv_w": pv_w,
            "pv_a": pv_w / np.maximum(pv_v, 1.0),
            "battery_v": battery,
            "charge_w": pv_w * 0.95,
            "charge_a": pv_w * 0.95 / battery,
        }


def _array(times: ArrayLike) -> Floats:
    return np.atleast_1d(np.asarray(times, dtype=np.float64))


def _softmin(a: Floats, b: Floats, width: float = 0.06) -> Floats:
    """Return a smooth lesser of two curves; exact to 1e-4 once they are five widths apart."""
    return np.asarray(-width * np.logaddexp(-a / width, -b / width))
