"""Targets without AIS and receiver outages, judged on a real database."""

from datetime import timedelta

from core.finding import Condition
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
