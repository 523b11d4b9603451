"""The scale on which each kind of series is modelled, and the bounds that physics sets on a forecast."""

import numpy as np

from forecasting.series.harmonics import Floats
from forecasting.series.history import Kind

LOWEST_WAVE_M = 0.05
"""Buoys do not resolve less; keeps the logarithm finite. [m]"""
WIND_OFFSET_MPS = 1.0
"""Square root of wind is nearly Gaussian; the offset tames calms. [m/s]"""
HIGHEST_OXYGEN_MG_L = 25.0
"""Twice saturation in cold fresh water: nothing in the sea is above. [mg/L]"""


def to_model(values: Floats, kind: Kind) -> Floats:
    """Return values on the model's scale: oxygen as it is, waves as logarithm, wind as square root."""
    if kind == "wave":
        return np.log(np.maximum(values, LOWEST_WAVE_M))
    if kind == "wind":
        return np.sqrt(np.maximum(values, 0) + WIND_OFFSET_MPS)
    return values


def from_model(values: Floats, kind: Kind) -> Floats:
    """Return model values in the quantity's own unit, inside physical bounds."""
    if kind == "wave":
        return np.minimum(np.exp(np.minimum(values, 3.5)), 30.0)
    if kind == "wind":
        return np.maximum(np.maximum(values, 0) ** 2 - WIND_OFFSET_MPS, 0.0)
    return np.clip(values, 0.0, HIGHEST_OXYGEN_MG_L)
