"""Net buoys (网位仪) that use AIS: points for and against, from name, number, size and movement together."""

from core.mmsi import MmsiClass
from core.position import PositionSource
from vessels.names import parse
from vessels.picture import NO_HULL_M, Picture
from vessels.rules import Rules

_FISHING = 30


def points(picture: Picture, rules: Rules) -> dict[str, float]:
    """Return the points of each fact for (positive) and against (negative) a gear buoy."""
    bounds = rules.screening.buoy
    name, battery = _name_points(picture, rules)
    found = dict(name)
    if rules.mmsi.is_buoy_range(picture.mmsi):
        found["number_range"] = bounds.number_range
    elif picture.mmsi_class is MmsiClass.UNIDENTIFIABLE or picture.mmsi in rules.mmsi.fillers:
        found["number_bad"] = bounds.number_bad
    if picture.class_b:
        found["class_b"] = bounds.class_b
    elif PositionSource.AIS_A in picture.sources:
        found["class_a"] = bounds.class_a
    size = picture.size_m
    if (size is None and picture.statics.parts & {"5", "19", "24B"}) or (size is not None and max(size) <= NO_HULL_M):
        found["small"] = bounds.small
    elif size is not None and max(size) >= 6:
        found["large"] = bounds.large
    if picture.statics.usual("call_sign"):
        found["call_sign"] = bounds.call_sign
    if picture.ship_type == _FISHING:
        found["fishing_type"] = bounds.fishing_type
    return found | _movement_points(picture, rules, battery)


def _name_points(picture: Picture, rules: Rules) -> tuple[dict[str, float], bool]:
    """Return the points of the names, and whether they say nothing but buoy, so that riding on a deck explains speed.

    A number that also sends a plain boat's name is a boat and a buoy of hers: how this one moves must tell.
    """
    bounds = rules.screening.buoy
    texts = [str(said.value) for said in picture.names]
    kinds = {_kind_of_name(text, rules) for text in texts}
    strongest = next((kind for kind in bounds.compiled if kind in kinds), None)
    found = {} if strongest is None else {f"name_{strongest}": float(getattr(bounds, f"name_{strongest}"))}
    boat = any(_kind_of_name(text, rules) is None and parse(text, rules.names) is not None for text in texts)
    if boat:
        found["boat_name"] = bounds.boat_name
    return found, strongest in ("battery", "net") and not boat


def _kind_of_name(text: str, rules: Rules) -> str | None:
    """Return which pattern of a net buoy's name a text has: battery, net or number."""
    patterns = rules.screening.buoy.compiled
    return next((kind for kind in patterns if any(pattern.search(text) for pattern in patterns[kind])), None)


def _movement_points(picture: Picture, rules: Rules, battery: bool) -> dict[str, float]:
    bounds, moved = rules.screening.buoy, picture.movement
    found: dict[str, float] = {}
    if moved.under_way > 0.1:
        found["under_way"] = bounds.under_way_battery if battery else bounds.under_way
    elif moved.n >= 5 and (moved.sog_high_kn or 9.0) <= 2.0:
        found["never_under_way"] = bounds.never_under_way
    if moved.n >= 10 and (moved.sog_high_kn or 9.0) <= 2.0 and moved.stopped < 0.5 and moved.extent_nm > 0.2:
        found["drifting"] = bounds.drifting
    elif not battery and (moved.sog_high_kn or 0.0) > 3.0 and moved.under_way <= 0.1:
        found["working"] = bounds.working
    if moved.with_heading > 0.3:
        found["heading"] = bounds.heading
    if moved.interval_s is not None and moved.interval_s >= 55:
        found["slow_interval"] = bounds.slow_interval
    return found


def is_buoy(found: dict[str, float], rules: Rules) -> bool:
    """Return whether the points make it a gear buoy."""
    return sum(found.values()) >= rules.screening.buoy.threshold
