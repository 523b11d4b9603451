"""The safety judge on the real database: a sea of all troubles at once, and a SART that a person closed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely

from core.finding import Condition
from services.judges import JudgeContext
from services.judges.safety import DistressJudge, SafetyJudge
from store.store import Store
from vessels.crew import TripReport
from vessels.zones import Zone

AT = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
RULES_DIR = Path(__file__).parents[2] / "config" / "rules"
MERCHANT, LATE, FISHER = 477000001, 412300001, 412300002


def degrees(value: float) -> int:
    return round(value * 600_000)


async def put(connection: Any, mmsi: int, lat: float, lon: float, sog_kn: float, cog_deg: float, **more: Any) -> None:
    row = {"at": AT, "nav": 0, "source": 1} | more
    await connection.execute(
        "insert into target (mmsi, mmsi_class, first_seen_at) values (%s, 'ship', %s) on conflict do nothing",
        (mmsi, AT),
    )
    values = row | {
        "mmsi": mmsi, "lat": degrees(lat), "lon": degrees(lon), "sog": round(sog_kn * 10), "cog": round(cog_deg * 10),
    }  # fmt: skip
    await connection.execute(
        "insert into target_latest (mmsi, observed_at, lat, lon, sog, cog, nav_status, source, received_at) values"
        " (%(mmsi)s, %(at)s, %(lat)s, %(lon)s, %(sog)s, %(cog)s, %(nav)s, %(source)s, %(at)s)"
        " on conflict (mmsi) do update set observed_at = excluded.observed_at, lat = excluded.lat, lon = excluded.lon",
        values,
    )
    await connection.execute(
        "insert into position (mmsi, observed_at, lat, lon, sog, cog, nav_status, source) values"
        " (%(mmsi)s, %(at)s, %(lat)s, %(lon)s, %(sog)s, %(cog)s, %(nav)s, %(source)s)",
        values,
    )


@pytest.fixture
async def sea(database_dsn: str) -> Any:
    async with await psycopg.AsyncConnection.connect(database_dsn, autocommit=True) as connection:
        await connection.execute(
            "select ensure_partitions('position', %s, %s)", (AT - timedelta(days=1), AT + timedelta(days=1))
        )
        await connection.execute(
            "insert into vessel_register (boat_id, version, valid_from, name_zh, mmsi, length_m, gear, max_persons,"
            " permit_until)"
            " values ('b1', 1, %(at)s, '浙洞渔00001', 412300001, 20, '单船拖网', 8, '2026-01-31'),"
            " ('b2', 1, %(at)s, '浙洞渔00002', 412300002, 20, '单船拖网', 8, null)",
            {"at": AT - timedelta(days=30)},
        )
        yield connection


async def look(store: Store, at: datetime, keys: frozenset[str] = frozenset(), judge: Any = None) -> dict[str, Any]:
    findings = await (judge or SafetyJudge())(JudgeContext(store=store, rules_dir=RULES_DIR, at=at, open_keys=keys))
    return {f.key: f for f in findings}


async def test_judge_on_the_database_finds_every_planted_trouble(store: Store, sea: Any) -> None:
    # Trawling in the closed season for an hour, seen only in the stored track; the register says a trawler.
    for minute in range(60, -1, -5):
        at = AT - timedelta(minutes=minute)
        await put(sea, FISHER, 27.6 - minute / 60 * 3.2 / 60, 121.9, 3.2, 0.0, at=at)
    # A merchant four minutes from a registered boat that left without a word and whose permit ended.
    await put(sea, MERCHANT, 27.40, 122.20, 14.0, 0.0, source=0)
    await sea.execute(
        "insert into target_static (mmsi, digest, part, ship_type, first_seen_at, last_seen_at)"
        " values (%s, decode(md5('m'), 'hex'), '5', 70, %s, %s)",
        (MERCHANT, AT, AT),
    )
    await put(sea, LATE, 27.42, 122.20, 4.0, 180.0)
    zone = Zone(
        zone_id="closed1", name_zh="禁区", purpose="closed_area", geometry=shapely.box(122.1, 27.41, 122.3, 27.43),
        source="通告", version="1",
    )  # fmt: skip
    await store.zones.save([zone])
    await store.trips.add_reports([TripReport(mmsi=FISHER, kind="departure", at=AT - timedelta(hours=5), persons=9)])
    await put(sea, 970010119, 27.9, 121.4, 0.0, 0.0, nav=14, source=4)
    found = await look(store, AT)
    sart = next(key for key in found if key.startswith("vessels.distress:970010119@"))
    assert {k for k in found if k != sart} == {
        f"vessels.collision:{LATE}-{MERCHANT}",
        f"vessels.zone:{LATE}-closed1",
        f"vessels.season:{FISHER}",
        f"vessels.overmanned:{FISHER}",
        f"vessels.undermanned:{FISHER}",
        f"vessels.no_report:{LATE}",
        f"vessels.certificate:{LATE}",
    }
    assert all(f.condition is Condition.ACTIVE for f in found.values())
    assert "浙洞渔00001" in found[f"vessels.collision:{LATE}-{MERCHANT}"].reason_zh


async def test_judge_sart_closed_by_a_person_stays_closed_over_a_restart(store: Store, sea: Any) -> None:
    await put(sea, 970010119, 27.9, 121.4, 0.0, 0.0, nav=14, source=4)
    (key,) = await look(store, AT, judge=DistressJudge())
    await put(sea, 970010119, 27.9, 121.41, 0.0, 0.0, nav=14, source=4, at=AT + timedelta(minutes=1))
    assert set(await look(store, AT + timedelta(minutes=1), frozenset({key}), DistressJudge())) == {key}
    await put(sea, 970010119, 27.9, 121.42, 0.0, 0.0, nav=14, source=4, at=AT + timedelta(minutes=2))
    assert await look(store, AT + timedelta(minutes=2), judge=DistressJudge()) == {}
