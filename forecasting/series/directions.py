"""Columns that are directions in degrees, as what a linear model can read: a vector, of the wind with its force."""

from collections.abc import Mapping

import numpy as np

from forecasting.series.harmonics import Floats
from forecasting.series.winds import WIND, bare_name

WAVE_NAMES = frozenset({"dir", "direction", "mwd", "mdir", "dp", "wavedir", "wavedirection", "vmdr", "pdir", "dirp"})
WIND_NAMES = frozenset({"wdir", "wd", "winddir", "winddirection", "wnddir", "wdir10m", "winddirection10m", "wnddirn"})
CHINESE = {"波向": WAVE_NAMES, "风向": WIND_NAMES}
"""Names as agencies and instruments write them, in small letters without marks and unit."""
UNITS = frozenset({"deg", "degree", "degrees", "degt", "true"})


def with_vectors(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return columns with every direction replaced by its northward and eastward part, ``name.north``, ``name.east``.

    A direction of the wind carries the speed of the column `WIND` where there is one; every other has length one, for
    359 and 1 degree are neighbours and their mean is not south. What is no angle of -360 to 360 degrees is unknown.
    """
    out: dict[str, Floats] = {}
    for name, column in columns.items():
        family = _family(name)
        if family is None:
            out[name] = column
            continue
        angle = np.radians(np.where(np.abs(column) <= 360, column, np.nan))
        length = columns[WIND] if family is WIND_NAMES and WIND in columns else 1.0
        out |= {f"{name}.north": length * np.cos(angle), f"{name}.east": length * np.sin(angle)}
    return out


def _family(name: str) -> frozenset[str] | None:
    """Return which directions a column's name is among, None for anything else."""
    bare = bare_name(name, UNITS)
    found = next((family for word, family in CHINESE.items() if word in name), None)
    return found or next((family for family in (WAVE_NAMES, WIND_NAMES) if bare in family), None)
