"""Net buoys (网位仪) that use AIS: points for and against, from name, number, size and movement together."""

from core.mmsi import MmsiClass
from core.position import PositionSource
from vessels.names import normalise, parse
from vessels.picture import Picture
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
    if (size is None and picture.statics.parts & {"5", "19", "24B"}) or (size is not None and max(size) <= 3):
        found["small"] = bounds.small
    elif size is not None and max(size) >= 6:
        found["large"] = bounds.large
    if picture.statics.usual("call_sign"):
        found["call_sign"] = bounds.call_sign
    if picture.ship_type == _FISHING:
        found["fishing_type"] = bounds.fishing_type
    return found | _movement_points(picture, rules, battery)


def _name_points(picture: Picture, rules: Rules) -> tuple[dict[str, float], bool]:
    bounds = rules.screening.buoy
    found: dict[str, float] = {}
    for said in picture.names:
        text = str(said.value)
        for kind, value in (("battery", bounds.name_battery), ("net", bounds.name_net), ("number", bounds.name_number)):
            if any(pattern.search(text) for pattern in bounds.compiled[kind]):
                found[f"name_{kind}"] = value
                break
        if not found and parse(text, rules.names) is not None and normalise(text):
            found["boat_name"] = bounds.boat_name
    if len(found) > 1:
        found.pop("boat_name", None)
    return found, "name_battery" in found or "name_net" in found


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
