"""What current and waves pull at a net cage: an estimate, for cages without load cells and for the net's state."""

import math
from dataclasses import dataclass

RHO_KG_M3 = 1025.0
GRAVITY = 9.81


@dataclass(frozen=True, kw_only=True)
class Load:
    """Horizontal pull on a cage: of the steady current, and what waves add at their crest. [kN]"""

    current_kn: float
    wave_kn: float

    @property
    def total_kn(self) -> float:
        """Return both together. [kN]"""
        return self.current_kn + self.wave_kn


def drag_coefficient(solid: float) -> float:
    """Return the drag coefficient of a net panel across the stream at a solidity (Loeland 1993, see budget.toml)."""
    return 0.04 + (-0.04 + solid - 1.24 * solid**2 + 13.7 * solid**3)


def through_net(solid: float) -> float:
    """Return the share of the current that passes a net panel (Loeland 1993). [0-1]"""
    return max(1.0 - 0.46 * drag_coefficient(solid), 0.1)


def cage_load(
    *, current_mps: float, hs_m: float, tp_s: float | None, solid: float, width_m: float, depth_m: float
) -> Load:
    """Return the pull on front and back of a round net.

    Notes
    -----
    Current: ``0.5 rho Cd A U^2`` on the front and, with what passed it, on the back. Waves: the same with the speed of
    the water under the crest added, linear deep-water theory, mean over the net's depth. Inertia and the float collar
    are left out; a flexible net gives way and is pulled less than a rigid panel (Lader and Enerhaug 2005, IEEE J.
    Oceanic Eng. 30: 79-84).
    """
    both = 1.0 + through_net(solid) ** 2
    pull = 0.5 * RHO_KG_M3 * drag_coefficient(solid) * width_m * depth_m * both / 1000.0
    orbital = crest_speed_mps(hs_m, tp_s, depth_m)
    steady = pull * current_mps**2
    return Load(current_kn=steady, wave_kn=pull * (current_mps + orbital) ** 2 - steady)


def crest_speed_mps(hs_m: float, tp_s: float | None, depth_m: float) -> float:
    """Return the speed of the water under a crest of height Hs, mean from the surface to a depth. [m/s]

    Without a period the steepness is taken as 0.04, as of wind seas.
    """
    if hs_m <= 0:
        return 0.0
    period_s = tp_s or math.sqrt(2 * math.pi * hs_m / (GRAVITY * 0.04))
    omega = 2 * math.pi / period_s
    wave_number = omega**2 / GRAVITY
    return omega * hs_m / 2 * (1 - math.exp(-wave_number * depth_m)) / (wave_number * depth_m)
