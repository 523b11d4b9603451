"""From the true sea to what an instrument shows: point of measurement, noise, resolution. History and live share it."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from firmware_sim.farm import CAGE, Unit
from firmware_sim.instruments import INSTRUMENTS
from firmware_sim.noise import Floats, key, normal
from firmware_sim.sea import Sea

NEVER_NEGATIVE = frozenset(
    {
        *("do_mg_l", "do_sat_pct", "hs_m", "tp_s", "wind_mps", "gust_mps", "current_mps", "turbidity_ntu"),
        *("pv_v", "pv_a", "pv_w", "charge_a", "charge_w", "battery_v"),
    }
)


def truth(sea: Sea, unit: Unit, times: ArrayLike) -> Mapping[str, Floats]:
    """Return the true values at a unit's place, by quantity, at unix times `(n,)`."""
    site = CAGE[unit.cage]
    if unit.profile == "generic-int32":
        return {"tension_kn": sea.tension_kn(unit.cage, int(unit.point[1:]), times)}
    if unit.profile == "epever-tracer":
        return sea.power(times)
    if unit.profile == "generic-relay":
        return {}
    if unit.point in ("met", "wave"):
        return sea.weather(site.lat_deg, site.lon_deg, times)
    return sea.water(unit.cage, unit.depth_m, times)


def measured(sea: Sea, unit: Unit, times: ArrayLike) -> dict[str, Floats]:
    """Return what the unit would show at unix times, by quantity, without faults.

    Instruments that repeat a summary show the value of their last whole summary period.
    """
    t = np.atleast_1d(np.asarray(times, dtype=np.float64))
    kind = INSTRUMENTS[unit.profile]
    if kind.summary_s:
        t = np.floor(t / kind.summary_s) * kind.summary_s
    values = truth(sea, unit, t)
    return {name: _noisy(sea.seed, unit, name, t, values[name]) for name in kind.quantities if name in values}


def _noisy(seed: int, unit: Unit, name: str, t: Floats, true: Floats) -> Floats:
    kind = INSTRUMENTS[unit.profile]
    spread = kind.noise.get(name, 0.0)
    noise = spread * normal(key(seed, f"{unit.name}.{name}"), np.floor(t).astype(np.int64)) if spread else 0.0
    shown = np.round(true + noise, kind.decimals.get(name, 3))
    return np.asarray(shown % 360.0 if name.endswith("_dir_deg") or name == "dp_deg" else _held(name, shown))


def _held(name: str, shown: Floats) -> Floats:
    if name == "humidity_pct":
        return np.clip(shown, 0.0, 100.0)
    if name in NEVER_NEGATIVE:
        return np.maximum(shown, 0.0)
    return shown
