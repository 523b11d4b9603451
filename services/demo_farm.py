"""The demo's fictitious stock, plates and probe services, for the rules that ask for them."""

from dataclasses import replace
from datetime import datetime, timedelta

from cages.calibration import Calibration
from cages.farmlog import LogEntry, LogKind
from firmware_sim.farm import CAGES
from firmware_sim.farm import Cage as SimCage
from store.farmlog import CageProfile
from store.store import Store

_NET_DAYS = {"dt01-c01": 10, "dt01-c02": 35, "dt01-c03": 75}
"""Days since each net was cleaned, before the demo's anchor; 25 elsewhere. [d]"""
_AERATOR_KW = {"dt01-c02": 11.0, "dt01-c03": 4.0}
_DEAD = 240
_BY = "demo"


async def enter_farm(store: Store, anchor: datetime) -> None:
    """Enter plates, log and probe services of every cage with fish; repeatable, since all times hang on the anchor."""
    known = {(s.cage_id, s.point, s.quantity, s.at) for s in await store.farmlog.calibrations()}
    for cage in CAGES:
        if not cage.fish:
            await store.farmlog.save_profile(CageProfile(cage_id=cage.id, battery_ah=200.0, load_w=18.0))
            continue
        await store.farmlog.save_profile(_plate(cage, anchor))
        await store.farmlog.add(_log(cage, anchor), by=_BY)
        for service in _services(cage, anchor):
            if (service.cage_id, service.point, service.quantity, service.at) not in known:
                await store.farmlog.add_calibration(service)


def _plate(cage: SimCage, anchor: datetime) -> CageProfile:
    return CageProfile(
        cage_id=cage.id,
        volume_m3=cage.volume_m3,
        width_m=16.0,
        net_cleaned_at=anchor - timedelta(days=_NET_DAYS.get(cage.id, 25)),
        aerator_kw=_AERATOR_KW.get(cage.id, 0.0),
        anchor_lat_deg=cage.lat_deg,
        anchor_lon_deg=cage.lon_deg,
        circle_radius_m=40.0,
    )


def _log(cage: SimCage, anchor: datetime) -> list[LogEntry]:
    """Return a season's log that ends with the fish the simulated cage holds."""

    def at(days: float) -> datetime:
        return (anchor - timedelta(days=days)).replace(microsecond=0)

    feed_kg = round(cage.biomass_kg * 0.012, 0)
    return [
        LogEntry(cage_id=cage.id, at=at(150), kind=LogKind.STOCKING, fish_count=cage.fish + _DEAD,
                 mean_weight_g=round(cage.mean_weight_g * 0.55), note="演示：春季放养"),
        LogEntry(cage_id=cage.id, at=at(60), kind=LogKind.MORTALITY, fish_count=_DEAD, note="演示：高温期零星死亡"),
        LogEntry(cage_id=cage.id, at=at(12), kind=LogKind.SAMPLE, fish_count=30, mean_weight_g=cage.mean_weight_g,
                 note="演示：打样30尾"),
        *(
            LogEntry(cage_id=cage.id, at=at(day + 0.3), kind=LogKind.FEEDING, feed_kg=feed_kg) for day in (3, 2, 1)
        ),
    ]  # fmt: skip


def _services(cage: SimCage, anchor: datetime) -> list[Calibration]:
    at = (anchor - timedelta(days=40)).replace(microsecond=0)
    beside = Calibration(
        cage_id=cage.id, point="d2", quantity="do_mg_l", at=at, kind="calibrated", reference_value=6.5,
        reading_value=6.5, by_person=_BY, note="演示：与便携仪比对一致",
    )  # fmt: skip
    return [beside, replace(beside, at=at + timedelta(days=25), kind="cleaned", reference_value=None,
                            reading_value=None, note="演示：清洗")]  # fmt: skip
