"""What the safety judge keeps and reads: one contract for the real store and the fake, and the live picture in SQL."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from core.finding import Place
from core.position import PositionSource
from core.target import TargetClass
from store.database import Database
from store.fake import FakeStore
from store.store import Store
from vessels.distress_signals import Activation

AT = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)


@pytest.fixture(params=["real", "fake"])
async def either(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    if request.param == "fake":
        yield FakeStore()
        return
    async with Database.session(request.getfixturevalue("database_dsn"), application="test") as database:
        yield Store(database)


def activation(**more: Any) -> Activation:
    values = {"device": "970010119", "started_at": AT, "last_at": AT, "is_test": False, "raw": "!AIVDM"} | more
    return Activation(**values)


async def test_activations_saved_again_keep_announced_and_newest(either: Any) -> None:
    place = Place(lat_deg=27.9, lon_deg=121.4)
    first = activation(first=place, first_fix_at=AT, last=place, last_fix_at=AT)
    await either.safety.save_activations([replace(first, announced=True)])
    await either.safety.save_activations([replace(first, messages=5, last_at=AT + timedelta(minutes=1))])
    found = await either.safety.activations(AT - timedelta(hours=1))
    assert found == {
        "970010119": replace(first, announced=True, messages=5, last_at=AT + timedelta(minutes=1)),
    }
    assert await either.safety.activations(AT + timedelta(hours=1)) == {}


async def test_activations_newest_of_each_device_is_returned(either: Any) -> None:
    later = activation(started_at=AT + timedelta(hours=2), last_at=AT + timedelta(hours=2))
    other = activation(device="radar:7")
    await either.safety.save_activations([later, activation(), other])
    found = await either.safety.activations(AT - timedelta(hours=1))
    assert found == {"970010119": later, "radar:7": other}


async def test_radar_sart_report_is_a_distress_signal(either: Any) -> None:
    place = Place(lat_deg=27.9, lon_deg=121.4)
    await either.safety.report_radar_sart("17", AT, place, "officer")
    (signal,) = await either.safety.distress_signals(AT - timedelta(minutes=1))
    assert (signal.device, signal.observed_at, signal.lat_deg) == ("radar:17", AT, 27.9)
    assert await either.safety.distress_signals(AT) == []


async def _target(connection: Any, mmsi: int, **more: Any) -> None:
    row = {"at": AT, "lat": 16_740_000, "lon": 72_840_000, "sog": 85, "cog": 900, "nav": 0, "source": 0} | more
    await connection.execute(
        "insert into target (mmsi, mmsi_class, first_seen_at) values (%s, 'ship', %s) on conflict do nothing",
        (mmsi, AT),
    )
    await connection.execute(
        "insert into target_latest (mmsi, observed_at, lat, lon, sog, cog, nav_status, source, received_at)"
        " values (%(mmsi)s, %(at)s, %(lat)s, %(lon)s, %(sog)s, %(cog)s, %(nav)s, %(source)s, %(at)s)",
        row | {"mmsi": mmsi},
    )


async def test_live_target_has_degrees_particulars_register_and_class(store: Store, database_dsn: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_dsn, autocommit=True) as connection:
        await _target(connection, 412300001)
        await _target(connection, 412300002, at=AT - timedelta(hours=2), sog=1023, cog=3600, nav=-1)
        await connection.execute(
            "insert into target_static (mmsi, digest, part, name, ship_type, to_bow_m, to_stern_m, to_port_m,"
            " to_starboard_m, first_seen_at, last_seen_at) values (412300001, decode(md5('a'), 'hex'), '5',"
            " 'ZHEDONGYU12345', 30, 20, 12, 3, 3, %(at)s, %(at)s)",
            {"at": AT},
        )
        await connection.execute(
            "insert into vessel_register (boat_id, version, valid_from, name_zh, mmsi, extra_mmsi, length_m,"
            " permit_until, group_name) values ('b1', 1, %s, '浙洞渔12345', 412300001, '{412300009}', 32,"
            " '2027-01-31', '洞渔一组')",
            (AT,),
        )
    said, register = await store.safety.particulars(AT - timedelta(days=1)), await store.safety.register()
    (target,) = await store.safety.live(AT - timedelta(hours=1), said, register)
    assert (target.lat_deg, target.lon_deg, target.sog_kn, target.cog_deg) == (27.9, 121.4, 8.5, 90.0)
    assert target.source is PositionSource.AIS_A
    assert target.kind is TargetClass.UNKNOWN
    assert (target.name, target.ship_type, target.length_m, target.beam_m) == ("ZHEDONGYU12345", 30, 32.0, 6.0)
    assert target.register is not None
    assert (target.register.name_zh, target.register.group) == ("浙洞渔12345", "洞渔一组")
    assert target.register.permit_until == date(2027, 1, 31)
    assert register.keys() == {412300001, 412300009}
    both = await store.safety.live(AT - timedelta(hours=3), said, register)
    silent = next(t for t in both if t.mmsi == 412300002)
    assert (silent.sog_kn, silent.cog_deg, silent.nav_status) == (None, None, None)


async def test_distress_signals_beacon_position_status_14_and_text_are_all_read(
    store: Store, database_dsn: str
) -> None:
    async with await psycopg.AsyncConnection.connect(database_dsn, autocommit=True) as connection:
        await connection.execute("select ensure_partitions('position', %s, %s)", (AT, AT))
        await connection.execute(
            "insert into position (observed_at, mmsi, lat, lon, nav_status, source)"
            " values (%s, 970010119, 16740000, 72840000, 14, 4)",
            (AT,),
        )
        await _target(connection, 412300001, nav=14, at=AT + timedelta(seconds=1))
        await _target(connection, 412300002)
        await connection.execute(
            "insert into safety_text (mmsi, observed_at, text, received_at)"
            " values (972010119, %(at)s, 'MOB TEST', %(at)s)",
            {"at": AT + timedelta(seconds=2)},
        )
    found = await store.safety.distress_signals(AT - timedelta(minutes=1))
    assert [(s.device, s.nav_status, s.text) for s in found] == [
        ("970010119", 14, ""),
        ("412300001", 14, ""),
        ("972010119", None, "MOB TEST"),
    ]


async def test_radar_sart_report_wakes_the_watch_for_distress(store: Any, database_dsn: str) -> None:
    listener = await psycopg.AsyncConnection.connect(database_dsn, autocommit=True)
    async with listener, asyncio.timeout(20):
        await listener.execute("listen huangyu_distress")
        await store.safety.report_radar_sart("17", AT, Place(lat_deg=27.9, lon_deg=121.4), "officer")
        async for notice in listener.notifies():
            assert notice.payload == "radar:17"
            break
