"""A whole cast from counts by class."""

from collections.abc import Callable, Mapping

from firmware_sim import honest, stations, suspects
from firmware_sim.cast import CLASSES, Cast
from firmware_sim.company import Company

MAKERS: Mapping[str, Callable[[Company, int], None]] = {
    "registered": honest.registered,
    "exempt": honest.exempt,
    "merchant": honest.merchant,
    "foreign": honest.foreign,
    "unregistered": suspects.unregistered,
    "borrowed_identity": suspects.borrowed,
    "several_mmsi": suspects.several,
    "shared_mmsi": suspects.shared,
    "gear_buoy": suspects.buoy,
    "misconfigured": suspects.misconfigured,
    "aton": stations.aton,
    "base_station": stations.base,
    "sar_aircraft": stations.aircraft,
    "unidentified": suspects.dark,
    "unknown": honest.stranger,
}


def hire(company: Company, counts: Mapping[str, int]) -> Cast:
    """Return the whole cast; the register is written first, since impostors borrow from it."""
    company.fill_register(30 + counts.get("registered", 0) // 3)
    for name in CLASSES:
        for n in range(counts.get(name, 0)):
            MAKERS[name](company, n)
    return Cast(actors=company.actors, register=company.register)
