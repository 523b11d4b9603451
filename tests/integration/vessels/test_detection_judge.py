"""Targets without AIS and receiver outages, judged on a real database."""

import random
from datetime import timedelta

from core.finding import Condition
from core.position import Position, PositionSource
from firmware_sim.traffic import build_traffic
from services.judges import JudgeContext
from services.judges.detections import DetectionJudge
from store.gateways import Health
from store.store import Store
from tests.integration.vessels.sailing import ANCHOR, RULES
from vessels.ais import Decoder


def _plot(seen: object, number: int) -> dict[str, object]:
    return {
        "observed_at": seen.at, "sensor": "gw-dt01/radar1", "number": number, "lat_deg": seen.lat_deg,  # type: ignore[attr-defined]
        "lon_deg": seen.lon_deg, "uncertainty_m": 100.0, "sog_kn": None, "cog_deg": None,  # type: ignore[attr-defined]
    }  # fmt: skip


async def test_boat_without_ais_becomes_one_finding_and_reporting_boats_none(store: Store) -> None:
    traffic = build_traffic(scenario="intruder", seed=5, anchor=ANCHOR)
    batch = Decoder().feed([heard.tagged() for heard in traffic.sentences(hours=0.25)])
    await store.positions.add(batch.positions, ANCHOR)
    seen = list(traffic.detections(0.25, interval_s=30, noise_m=100))
    numbers = {name: n for n, name in enumerate(sorted({str(d.target_id) for d in seen}))}
    at = ANCHOR + timedelta(minutes=15)
    await store.positions.add_detections([_plot(d, numbers[str(d.target_id)]) for d in seen], at)
    judge = DetectionJudge()
    found = await judge(JudgeContext(store=store, rules_dir=RULES, at=at, open_keys=frozenset()))
    dark = {label.target_id for label in traffic.labels if not label.has_ais}
    visible = {d.target_id for d in seen if d.target_id in dark}
    assert visible
    assert 1 <= len(found) <= len(visible) + 1
    assert all(f.rule == "vessels.identity.dark" and f.condition is Condition.ACTIVE for f in found)
    assert all("未播发 AIS" in f.reason_zh for f in found)
    way = await store.detections.of_target(found[0].subject.id, ANCHOR, at)
    assert len(way) >= 6, "the dossier of an unidentified target shows where it was seen"


def _boat(minute: float, east_deg: float) -> tuple[float, float]:
    """Return where a boat of 6 kn northward is, from 27.70 N."""
    return 27.70 + 0.1 * minute / 60.0, 121.20 + east_deg


async def _sweeps(store: Store, boats: dict[int, float], minutes: int, rng: random.Random) -> None:
    """Store radar sweeps every 10 s, each spread over 2 s, 50 m noise."""
    plots = []
    for sweep in range(minutes * 6):
        for number, (boat, east) in enumerate(boats.items()):
            at = ANCHOR + timedelta(seconds=10.0 * sweep + 2.0 * number / len(boats))
            lat, lon = _boat((at - ANCHOR).total_seconds() / 60, east)
            plots.append({
                "observed_at": at, "sensor": "gw-dt01/radar1", "number": boat % 100,
                "lat_deg": lat + rng.gauss(0, 50) / 111_195, "lon_deg": lon + rng.gauss(0, 50) / 98_000,
                "uncertainty_m": 100.0, "sog_kn": None, "cog_deg": None,
            })  # fmt: skip
    await store.positions.add_detections(plots, ANCHOR)


def _fix(mmsi: int, second: float, east: float) -> Position:
    lat, lon = _boat(second / 60, east)
    return Position(
        mmsi=mmsi, observed_at=ANCHOR + timedelta(seconds=second), lat_deg=lat, lon_deg=lon, sog_kn=6.0, cog_deg=0.0,
        source=PositionSource.AIS_B,
    )  # fmt: skip


async def test_boat_whose_ais_falls_silent_under_radar_is_one_finding_of_its_own_and_ends_when_heard(
    store: Store,
) -> None:
    boats = {412000000 + k: 0.02 * k for k in range(8)}
    silent, dark = 412000003, 412000007
    await _sweeps(store, boats, 40, random.Random(7))
    fixes = [
        _fix(mmsi, second, east)
        for mmsi, east in boats.items()
        for second in range(0, 2400, 30)
        if mmsi != dark and not (mmsi == silent and 300 < second < 2100)
    ]
    await store.positions.add([f for f in fixes if f.observed_at < ANCHOR + timedelta(seconds=2000)], ANCHOR)
    judge, opened, told = DetectionJudge(), set[str](), set[str]()
    for second in range(60, 2400, 17):  # the end of a pass often cuts a sweep in two
        at = ANCHOR + timedelta(seconds=second)
        context = JudgeContext(store=store, rules_dir=RULES, at=at, open_keys=frozenset(opened))
        for finding in await judge(context):
            told.add(finding.key)
            (opened.add if finding.condition is Condition.ACTIVE else opened.discard)(finding.key)
        if second == 60 + 17 * 90:
            assert f"vessels.identity.ais_silent:{silent}" in opened
        if second == 60 + 17 * 115:
            await store.positions.add([f for f in fixes if f.observed_at >= ANCHOR + timedelta(seconds=2000)], ANCHOR)
    by_rule = sorted(key.partition(":")[0] for key in told)
    assert by_rule == ["vessels.identity.ais_silent", "vessels.identity.dark"], told
    assert not any(key.startswith("vessels.identity.ais_silent") for key in opened), "heard again: over"


async def test_receiver_that_is_down_is_one_finding_about_the_receiver(store: Store) -> None:
    await store.gateways.ensure(["gw-dt01"])
    detail = {"name": "rx1", "connected": False, "silent_s": 1200, "messages_1min": 0}
    down = Health(
        gateway_id="gw-dt01", kind="receiver", name="rx1", observed_at=ANCHOR, received_at=ANCHOR, detail=detail
    )
    await store.gateways.save_health([down])
    context = JudgeContext(store=store, rules_dir=RULES, at=ANCHOR + timedelta(seconds=30), open_keys=frozenset())
    (finding,) = await DetectionJudge()(context)
    assert finding.key == "vessels.coverage.receiver:gw-dt01/rx1"
    assert finding.condition is Condition.ACTIVE
