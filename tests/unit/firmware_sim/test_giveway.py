"""Those who keep clear do, as boats can, and what is planted still happens."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from firmware_sim import giveway
from firmware_sim.giveway import COMFORT_NM, Planted, keep_clear
from firmware_sim.scenario import load_scenario
from firmware_sim.tracks import Detour, Legs, Track
from firmware_sim.traffic import Traffic, build_traffic

ANCHOR = datetime(2026, 10, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def heedless() -> Traffic:
    busy = load_scenario("busy")
    return build_traffic(replace(busy, traffic=replace(busy.traffic, give_way=False)), 1, ANCHOR)


@pytest.fixture(scope="module")
def busy() -> Traffic:
    return build_traffic("busy", 1, ANCHOR)


def _near(traffic: Traffic) -> set[frozenset[str]]:
    """Return the pairs of ship and boat that pass within 0.28 nmi (the comfort less the step's coarseness) in a day."""
    times = np.arange(ANCHOR.timestamp(), ANCHOR.timestamp() + 86_400.0, 30.0)
    actors = [a for a in traffic.cast.actors if a.label.target_class in (*giveway.SHIPS, *giveway.BOATS)]
    fixes = [a.track.at(times) for a in actors]
    found = set()
    for ship, there in zip(actors, fixes, strict=True):
        if ship.label.target_class not in giveway.SHIPS:
            continue
        for boat, fix in zip(actors, fixes, strict=True):
            if boat.label.target_class in giveway.BOATS:
                north = (fix.lat_deg - there.lat_deg) * 60.0
                east = (fix.lon_deg - there.lon_deg) * 60.0 * math.cos(math.radians(27.6))
                moving = (there.sog_kn > 3.0) & (fix.sog_kn > 0.3)
                if ((east**2 + north**2 < (COMFORT_NM - 0.02) ** 2) & moving).any():
                    found.add(frozenset((ship.id, boat.id)))
    return found


def test_keep_clear_busy_day_leaves_only_the_planted_meetings(heedless: Traffic, busy: Traffic) -> None:
    planted = {frozenset(e.target_ids) for e in busy.planned if e.kind == "collision"}
    assert len(planted) == 6
    assert _near(busy) == planted
    assert _near(heedless) > planted  # else nothing was there to give way to


def test_keep_clear_detours_are_sailed_not_jumped(busy: Traffic) -> None:
    turned = [a for a in busy.cast.actors if a.track.detours]
    assert turned
    for actor in turned:
        for detour in actor.track.detours:
            start, *_, end = detour.knots_s()
            times = np.arange(start - 60.0, end + 60.0, 10.0)
            fix = actor.track.at(times)
            north = np.diff(fix.lat_deg) * 60.0
            east = np.diff(fix.lon_deg) * 60.0 * np.cos(np.radians(fix.lat_deg[1:]))
            made_kn = np.hypot(east, north) * 360.0
            assert made_kn.max() < 20.0
            # What the boat says she does is what she does, but for the step in which she alters.
            assert np.median(np.abs(made_kn - fix.sog_kn[:-1])) < 0.2


def test_keep_clear_same_seed_same_detours(busy: Traffic) -> None:
    again = build_traffic("busy", 1, ANCHOR)
    assert [a.track.detours for a in again.cast.actors] == [a.track.detours for a in busy.cast.actors]


def test_keep_clear_planted_pair_holds_its_course(heedless: Traffic) -> None:
    event = next(e for e in heedless.planned if e.kind == "collision")
    assert event.until_at is not None
    pair = [heedless.actor(name) for name in event.target_ids]
    meant = Planted(
        pair=frozenset(event.target_ids), from_s=event.from_at.timestamp(), until_s=event.until_at.timestamp() + 600
    )
    before = [a.track.place(event.until_at.timestamp()) for a in pair]
    keep_clear(pair, [meant], 1, ANCHOR.timestamp())
    assert [a.track.place(event.until_at.timestamp()) for a in pair] == before


def test_detour_goes_out_holds_and_comes_back() -> None:
    detour = Detour(from_s=100.0, out_s=200.0, hold_s=100.0, back_s=400.0, bearing_deg=90.0, nm=0.5)
    assert detour.offset_nm(np.array([0.0, 100.0, 200.0, 350.0, 600.0, 900.0])).tolist() == [0, 0, 0.25, 0.5, 0.25, 0]
    still = Legs(times=np.array([0.0]), lat_deg=np.array([27.0]), lon_deg=np.array([122.0]), status=np.array([0]))
    track = Track(lambda k, at: still, origin_s=0.0, period_s=1e9)
    track.detours.append(detour)
    fix = track.at([200.0])
    assert fix.sog_kn[0] == pytest.approx(0.5 / 200.0 * 3600.0)
    assert fix.cog_deg[0] == pytest.approx(90.0)
    assert track.place(1000.0) == (27.0, 122.0)
