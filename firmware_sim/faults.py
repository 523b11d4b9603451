"""What goes wrong in the field, on command: values that lie, instruments that sulk, wires that garble."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from firmware_sim.farm import Unit
from firmware_sim.measure import measured
from firmware_sim.noise import Floats, key, uniform
from firmware_sim.scenario import FaultSettings
from firmware_sim.sea import Sea
from firmware_sim.seawater import oxygen_saturation_mg_l

FAULT_KINDS: Mapping[str, str] = {
    "drift": "biofouling: optical oxygen and conductivity sink, turbidity rises in steps; amount = mg/L a day (0.5)",
    "stuck": "values stay as they were when it began",
    "spikes": "bubbles: one sample in ten is off by amount mg/L (3)",
    "dropout": "the instrument has no value (NaN or its sentinel)",
    "exception": "every request is refused; amount = Modbus exception code, 4, 6 or 11 (4)",
    "warm_up": "values creep to the truth after a power cycle, over about two minutes",
    "short": "cable short: In-Situ quality id 7 with value 0.0, elsewhere no value",
    "restart": "silent for eight seconds, uptime from zero, then warm-up",
    "word_swap": "32-bit values come low word first after a firmware change",
    "slow": "replies take delay_s (0.5)",
    "late": "replies come delay_s late, after any sane timeout (1.6)",
    "bad_crc": "RTU: wrong check sum; TCP: wrong transaction id",
    "wrong_unit": "another unit of the wire answers in its place",
    "half_open": "the bridge takes connections and requests and never answers",
    "clock_reset": "the instrument's own clock (uptime) falls to zero, values go on",
    "salinity_unset": "oxygen in mg/L is computed for fresh water: too high",
    "line_broken": "a mooring line parts: its load cell shows slack",
    "miscount": "the reply holds one register less than asked",
}
"""Every fault by name: what it does, and the default of its amount or delay."""
BOOT_S = 8.0
WARM_S = 40.0
SLACK_KN = 0.2
"""What a line shows that holds nothing but its own weight. [kN]"""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault of one device (a unit's name, or a bus name for faults of the wire) from `start_s` to `end_s`."""

    device: str
    kind: str
    start_s: float
    end_s: float = math.inf
    amount: float | None = None
    delay_s: float | None = None

    def covers(self, at_s: float) -> bool:
        """Return whether the fault is on at a unix time."""
        return self.start_s <= at_s < self.end_s

    def hits(self, unit: Unit, bus: str) -> bool:
        """Return whether the fault concerns a unit: by its name, its cage.point, or the whole bus."""
        return self.device in (unit.name, f"{unit.cage}.{unit.point}", bus)


def from_settings(rows: Iterable[FaultSettings], anchor_s: float) -> list[Fault]:
    """Return the faults of a scenario as absolute times."""
    return [
        Fault(
            device=row.device,
            kind=row.kind,
            start_s=anchor_s + row.at_s,
            end_s=anchor_s + row.at_s + row.for_s if row.for_s else math.inf,
            amount=row.amount,
            delay_s=row.delay_s,
        )
        for row in rows
    ]


def bend(
    faults: Iterable[Fault], sea: Sea, unit: Unit, times: ArrayLike, values: dict[str, Floats]
) -> dict[str, Floats]:
    """Return the values `(n,)` that a unit shows while faults of its values are on; NaN = no value."""
    t = np.atleast_1d(np.asarray(times, dtype=np.float64))
    for fault in faults:
        on = (t >= fault.start_s) & (t < fault.end_s)
        if fault.kind in _BENDERS and on.any():
            bent = _BENDERS[fault.kind](fault, sea, unit, t, values)
            values = {name: np.where(on, bent.get(name, old), old) for name, old in values.items()}
    return values


def _drift(fault: Fault, sea: Sea, unit: Unit, t: Floats, values: dict[str, Floats]) -> dict[str, Floats]:
    days = np.maximum(t - fault.start_s, 0.0) / 86_400.0
    loss = (0.5 if fault.amount is None else fault.amount) * days
    bent = {}
    if "do_mg_l" in values:
        oxygen = np.maximum(values["do_mg_l"] - loss, 0.0)
        bent["do_mg_l"] = oxygen
        bent["do_sat_pct"] = values["do_sat_pct"] * oxygen / np.maximum(values["do_mg_l"], 1e-6)
    for name in ("conductivity_us_cm", "salinity_psu"):
        if name in values:
            bent[name] = values[name] * (1.0 - 0.004 * days)
    if "turbidity_ntu" in values:
        bent["turbidity_ntu"] = values["turbidity_ntu"] + 4.0 * np.floor(days / 0.75)
    return bent


def _stuck(fault: Fault, sea: Sea, unit: Unit, t: Floats, values: dict[str, Floats]) -> dict[str, Floats]:
    held = measured(sea, unit, [fault.start_s])
    return {name: np.full(t.shape, held[name][0]) for name in values}


def _spikes(fault: Fault, sea: Sea, unit: Unit, t: Floats, values: dict[str, Floats]) -> dict[str, Floats]:
    stream = key(sea.seed, f"spikes {unit.name}")
    # One ten-second window in ten: pollers of any period see single samples off, their neighbours right.
    draw = uniform(stream, np.floor(t / 10.0))
    size = 3.0 if fault.amount is None else fault.amount
    sign = np.where(draw < 0.03, -1.0, 1.0)
    jump = np.where(draw < 0.1, sign * size, 0.0)
    scale = {
        "do_mg_l": 1.0,
        "do_sat_pct": 14.0,
        "turbidity_ntu": 30.0,
        "conductivity_us_cm": -4000.0,
        "salinity_psu": -2.5,
    }
    return {name: np.maximum(values[name] + jump * scale[name], 0.0) for name in values if name in scale}


def _nothing(fault: Fault, sea: Sea, unit: Unit, t: Floats, values: dict[str, Floats]) -> dict[str, Floats]:
    return {name: np.full(t.shape, np.nan) for name in values}


def _warm_up(fault: Fault, sea: Sea, unit: Unit, t: Floats, values: dict[str, Floats]) -> dict[str, Floats]:
    left = np.exp(-np.maximum(t - fault.start_s, 0.0) / WARM_S)
    bent: dict[str, Floats] = {}
    for name in ("do_mg_l", "do_sat_pct"):
        if name in values:
            bent[name] = values[name] * (1.0 + 0.35 * left)
    if "water_temp_c" in values:
        bent["water_temp_c"] = values["water_temp_c"] + 1.5 * left
    return bent


def _fresh_water(fault: Fault, sea: Sea, unit: Unit, t: Floats, values: dict[str, Floats]) -> dict[str, Floats]:
    if "do_mg_l" not in values:
        return {}
    fresh = oxygen_saturation_mg_l(values["water_temp_c"], np.zeros_like(t))
    return {"do_mg_l": values["do_sat_pct"] / 100.0 * fresh}


def _slack(fault: Fault, sea: Sea, unit: Unit, t: Floats, values: dict[str, Floats]) -> dict[str, Floats]:
    return {"tension_kn": np.full(t.shape, SLACK_KN)} if "tension_kn" in values else {}


_BENDERS = {
    "drift": _drift,
    "stuck": _stuck,
    "spikes": _spikes,
    "dropout": _nothing,
    "short": _nothing,
    "warm_up": _warm_up,
    "restart": _warm_up,
    "salinity_unset": _fresh_water,
    "line_broken": _slack,
}
