"""Detections and reporting vessels: dark boats are found, reporting ones are not, clutter stays clutter."""

import math
import random
from pathlib import Path

import numpy as np
import pytest

from vessels.association import Associator
from vessels.association_rules import load_rules
from vessels.coverage import Coverage
from vessels.coverage import findings as coverage_findings
from vessels.coverage import load_rules as load_coverage
from vessels.detections import Detection, scans
from vessels.echoes import Echoes
from vessels.reporting import Reported, Reports, reported_at

RULES_DIR = Path(__file__).parents[3] / "config" / "rules"
RULES = load_rules(RULES_DIR)
LAT, LON = 27.8, 121.2
M_LAT = 111_194.9


class Boat:
    """A boat that turns now and then; positions every 10 s."""

    def __init__(self, rng: random.Random, hours: float) -> None:
        lat, lon = LAT + rng.uniform(-0.25, 0.25), LON + rng.uniform(-0.25, 0.25)
        knots, course = rng.choice([0.0, 3.0, 3.5, 8.0]), rng.uniform(0, 2 * math.pi)
        self.points = []
        for step in range(int(hours * 360) + 1):
            if step % 90 == 0:
                course += rng.uniform(-0.8, 0.8)
            self.points.append((step * 10.0, lat, lon, knots, math.degrees(course) % 360))
            way = knots * 1852 / 3600 * 10
            lat += way * math.cos(course) / M_LAT
            lon += way * math.sin(course) / (M_LAT * math.cos(math.radians(lat)))

    def at(self, at_s: float) -> tuple[float, float]:
        return self.points[round(at_s / 10)][1:3]

    def reports(self, name: str, first_s: float = 0.0) -> Reports:
        heard = np.array([p for p in self.points if p[0] >= first_s and p[0] % 30 == 0])
        return Reports(name, *(heard[:, k] for k in range(5)))


def _sea(
    seed: int, boats: int, dark: int, hours: float, clutter_per_h: int = 60
) -> tuple[list[Boat], list[Detection], list[Reports]]:
    rng = random.Random(seed)
    fleet = [Boat(rng, hours) for _ in range(boats)]
    seen = []
    for scan in range(int(hours * 120)):
        at_s = scan * 30.0
        for boat in fleet:
            lat, lon = boat.at(at_s)
            seen.append(_seen(rng, at_s, lat, lon))
        if rng.random() < clutter_per_h / 120:
            seen.append(_seen(rng, at_s, LAT + rng.uniform(-0.25, 0.25), LON + rng.uniform(-0.25, 0.25)))
    return fleet, seen, [boat.reports(str(n)) for n, boat in enumerate(fleet) if n >= dark]


def _seen(rng: random.Random, at_s: float, lat: float, lon: float) -> Detection:
    return Detection(
        at_s=at_s, lat_deg=lat + rng.gauss(0, 100) / M_LAT,
        lon_deg=lon + rng.gauss(0, 100) / (M_LAT * math.cos(math.radians(lat))), sigma_m=100.0,
    )  # fmt: skip


def _follow(seen: list[Detection], vessels: list[Reports]) -> Associator:
    associator = Associator(RULES, LAT, LON)
    for scan in scans(seen, RULES):
        associator.scan(scan, reported_at(vessels, scan[0].at_s, RULES))
    return associator


def _is(boat: Boat, history: list[tuple[float, float, float]]) -> bool:
    misses = [
        math.hypot((lat - boat.at(t)[0]) * M_LAT, (lon - boat.at(t)[1]) * M_LAT * 0.885) for t, lat, lon in history
    ]
    return float(np.median(misses)) < 250


def test_two_hundred_boats_a_fifth_dark_are_told_apart() -> None:
    seed, hours, dark = 1, 0.5, 40
    fleet, seen, vessels = _sea(seed, boats=200, dark=dark, hours=hours)
    targets = _follow(seen, vessels).confirmed()
    found = {n for n in range(dark) for t in targets if _is(fleet[n], t.history)}
    false = [t for t in targets if not any(_is(fleet[n], t.history) for n in range(dark))]
    assert len(found) >= 0.95 * dark, f"seed {seed}: {len(found)} of {dark}"
    assert len(false) <= 2 * hours, f"seed {seed}: {len(false)} false"


def test_dark_boat_whose_ais_comes_up_is_handed_over() -> None:
    rng = random.Random(3)
    boat = Boat(rng, 1.0)
    seen = [_seen(rng, k * 30.0, *boat.at(k * 30.0)) for k in range(120)]
    vessel = boat.reports("412000123", first_s=1800.0)
    associator = Associator(RULES, LAT, LON)
    for scan in scans(seen, RULES):
        known = [vessel] if scan[0].at_s >= 1800 else []
        associator.scan(scan, reported_at(known, scan[0].at_s, RULES))
    (target,) = associator.confirmed()
    assert target.handed_to == "412000123"
    assert target.last_s <= 1830


def test_clutter_alone_makes_no_target() -> None:
    _, seen, _ = _sea(4, boats=0, dark=0, hours=2.0, clutter_per_h=110)
    assert _follow(seen, []).confirmed() == []


def test_reported_position_is_interpolated_and_its_uncertainty_grows() -> None:
    fixes = Reports("1", *(np.array(v) for v in ([0.0, 600.0], [27.0, 27.1], [121.0, 121.0], [6.0, 6.0], [0.0, 0.0])))
    middle = fixes.at(300.0, RULES)
    assert middle is not None
    assert middle[0] == pytest.approx(27.05)
    later = fixes.at(700.0, RULES)
    assert later is not None
    assert later[2] > fixes.at(600.0, RULES)[2]  # type: ignore[index]
    assert fixes.at(600.0 + RULES.ais_reach_s + 1, RULES) is None


# ------------------------------------------------------------------------------------------- AIS without an echo


def _echoes(*, unseen: int, boats: int = 8, moving: bool = True, share: float = 1.0, scans: int = 40) -> Echoes:
    """Return what 40 scans of 30 s say when one boat of a fleet is never seen, the others with a probability."""
    echoes, rng = Echoes(RULES), random.Random(5)
    ids = [str(412000000 + k) for k in range(boats)]
    for scan in range(scans):
        lat = LAT + (0.1 * scan / 120 if moving else 0.0) + 0.005 * np.arange(boats)
        reported = Reported(ids=ids, lat_deg=lat, lon_deg=np.full(boats, LON), sigma_m=np.full(boats, 30.0),
                            since_s=np.zeros(boats))  # fmt: skip
        matched = {name for k, name in enumerate(ids) if k != unseen and rng.random() < share}
        echoes.scan(30.0 * scan, reported, matched)
    return echoes


def test_vessel_that_radar_never_sees_among_others_that_it_sees_is_told() -> None:
    (run,) = _echoes(unseen=3).told()
    assert (run.vessel, run.scans) == ("412000003", 40)
    assert run.chance > 0.95


def test_vessel_that_is_seen_again_is_told_no_more() -> None:
    echoes = _echoes(unseen=3)
    here = Reported(ids=["412000003"], lat_deg=np.array([LAT]), lon_deg=np.array([LON]), sigma_m=np.array([30.0]),
                    since_s=np.zeros(1))  # fmt: skip
    assert [run.vessel for run in echoes.scan(1200.0, here, {"412000003"})] == ["412000003"]
    assert echoes.told() == []


@pytest.mark.parametrize(
    "sea",
    [{"boats": 3}, {"moving": False}, {"share": 0.4}, {"scans": 15}, {"unseen": -1}],
    ids=["too few others", "moored", "radar sees few here", "too short", "everybody is seen"],
)
def test_radar_that_may_not_see_there_accuses_nobody(sea: dict[str, object]) -> None:
    assert _echoes(**({"unseen": 2} | sea)).told() == []  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ coverage


def _coverage() -> Coverage:
    return Coverage(rules=load_coverage(RULES_DIR))


def test_silence_counts_only_where_others_were_heard() -> None:
    coverage = _coverage()
    for boat in range(10):
        coverage.note(412000000 + boat, 1000.0 + boat, 27.81, 121.21, "rx1")
    near, far = coverage.covered(27.85, 121.25, 1200.0), coverage.covered(29.5, 123.0, 1200.0)
    assert near is not None
    assert near > 0.8
    assert far == 0.0
    assert coverage.covered(27.85, 121.25, 9_000.0) is None, "an hour without any report says nothing"


def test_receiver_outage_is_one_finding_and_clears_when_it_hears_again() -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    coverage = _coverage()
    for k in range(4 * 3600):
        if k % 10 == 0:
            coverage.note(412000000 + k % 50, float(k), 27.8, 121.2, "rx1")
    at = datetime.fromtimestamp(4 * 3600 + 1200, UTC)
    (raised,) = coverage_findings(coverage, at, ["rx1"], frozenset())
    assert "接收机 rx1" in raised.reason_zh
    coverage.note(412000000, at.timestamp(), 27.8, 121.2, "rx1")
    (cleared,) = coverage_findings(coverage, at, ["rx1"], frozenset({raised.key}))
    assert (cleared.key, cleared.condition.value) == (raised.key, "cleared")
