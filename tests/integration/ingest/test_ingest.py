"""Batches through a real broker into a real database, acknowledged after COMMIT."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiomqtt
import psycopg
import pytest
from pyais import encode_dict

from core import pack, topics
from core.pack import PackHead, Sentence
from core.position import PositionSource
from core.qc import QcFlag
from core.reading import ClockState, Priority, Reading, SeriesKey
from core.topics import Stream
from services.ingest import Ingest
from services.ingest_settings import IngestSettings
from services.settings import BrokerSettings
from store.database import Database
from store.store import Store

GATEWAY = "gw-dt01"
HEAD = PackHead(gateway=GATEWAY, boot_id="b1", clock=ClockState.SYNCED, priority=Priority.READING)
OXYGEN = SeriesKey(cage="dt01-c01", point="d2", quantity="do_mg_l")
NOW = datetime.now(UTC).replace(microsecond=0)
LIMIT_S = 20
# gpsd's sample.aivdm (BSD-2-Clause): type 1 of MMSI 371798000, and type 5 of MMSI 351759000 in two parts.
TYPE_1 = "!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"
TYPE_5 = (
    "!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C\n!AIVDM,2,2,1,A,88888888880,2*25"
)


class Edge:
    """A gateway's side of the broker: sends batches, gathers acknowledgements."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.committed: set[int] = set()
        self._news = asyncio.Event()

    async def listen(self) -> None:
        async for message in self.client.messages:
            assert isinstance(message.payload, bytes)
            for first, last in json.loads(message.payload)["committed"]:
                self.committed |= set(range(first, last + 1))
            self._news.set()

    async def send(self, items: Sequence[tuple[int, Any]], stream: Stream = Stream.READING) -> None:
        await self.client.publish(topics.up(GATEWAY, stream), pack.encode(HEAD, items), qos=1)

    async def acknowledged(self, *numbers: int) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not set(numbers) <= self.committed:
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def edge_of(broker: Any) -> AsyncIterator[Edge]:
    async with aiomqtt.Client(
        broker.host, broker.port, username=broker.gateway_username, password=broker.gateway_password
    ) as client:
        await client.subscribe(topics.ack(GATEWAY), qos=1)
        edge = Edge(client)
        task = asyncio.create_task(edge.listen())
        try:
            yield edge
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def ingest_on(dsn: str, broker: Any, **options: Any) -> AsyncIterator[Ingest]:
    settings = BrokerSettings(host=broker.host, port=broker.port, username=broker.username, client_id="ingest-test")
    async with Database.session(dsn, application="ingest") as database:
        worker = Ingest(Store(database), settings, broker.password, IngestSettings(**options))
        stop = asyncio.Event()
        task = asyncio.create_task(worker.run(stop))
        try:
            yield worker
        finally:
            stop.set()
            await task


def oxygen(minutes_ago: float, value: float | None = 7.0, qc: QcFlag = QcFlag.GOOD) -> Reading:
    return Reading(series=OXYGEN, observed_at=NOW - timedelta(minutes=minutes_ago), value=value, qc=qc)


def line(text: str, minutes_ago: float = 0) -> Sentence:
    return Sentence(receiver="rx1", observed_at=NOW - timedelta(minutes=minutes_ago), text=text)


async def until_connected(worker: Ingest) -> None:
    async with asyncio.timeout(LIMIT_S):
        while worker.state()["problems"]:
            await asyncio.sleep(0.01)


async def test_ingest_batch_of_readings_is_committed_then_acknowledged(any_broker, database_dsn, role_dsn) -> None:
    async with ingest_on(role_dsn("huangyu_ingest"), any_broker) as worker, edge_of(any_broker) as edge:
        await until_connected(worker)
        await edge.send([(1, oxygen(2)), (2, oxygen(1, 6.5)), (5, oxygen(0, None, QcFlag.MISSING))])
        await edge.acknowledged(1, 2, 5)
        assert edge.committed == {1, 2, 5}
    async with Database.session(database_dsn) as database:
        store = Store(database)
        (latest,) = await store.readings.latest()
        assert (latest.observed_at, latest.value, latest.qc) == (NOW, None, 9)
        rows = await store.readings.between([latest.series_id], NOW - timedelta(hours=1), NOW + timedelta(seconds=1))
        assert [row.value for row in rows] == [7.0, 6.5, None]
        (gateway,) = await store.gateways.all()
        assert (gateway.gateway_id, gateway.state, gateway.boot_id, gateway.clock) == (GATEWAY, "online", "b1", 1)


async def test_ingest_batch_sent_twice_is_stored_once_and_acknowledged_twice(
    mqtt_broker, store, database_dsn, role_dsn
) -> None:
    items = [(10, oxygen(2)), (11, oxygen(1))]
    async with ingest_on(role_dsn("huangyu_ingest"), mqtt_broker) as worker, edge_of(mqtt_broker) as edge:
        await until_connected(worker)
        await edge.send(items)
        await edge.acknowledged(10, 11)
        edge.committed.clear()
        await edge.send(items)
        await edge.acknowledged(10, 11)
        assert (worker.state()["readings"], worker.state()["repeated"]) == (2, 2)
    assert [(t.committed, t.last_seq) for t in await store.gateways.totals()] == [(2, 11)]


async def test_ingest_impossible_time_is_put_aside_and_neighbours_are_stored(
    mqtt_broker, store, database_dsn, role_dsn
) -> None:
    future = Reading(series=OXYGEN, observed_at=NOW + timedelta(days=30_000), value=1.0, qc=QcFlag.GOOD)
    past = Reading(series=OXYGEN, observed_at=datetime(1970, 1, 2, tzinfo=UTC), value=1.0, qc=QcFlag.GOOD)
    async with ingest_on(role_dsn("huangyu_ingest"), mqtt_broker) as worker, edge_of(mqtt_broker) as edge:
        await until_connected(worker)
        await edge.send([(1, future), (2, oxygen(1)), (3, past)])
        await edge.acknowledged(1, 2, 3)
    aside = await store.gateways.quarantined(NOW - timedelta(hours=1))
    assert sorted(row.seq for row in aside) == [1, 3]
    assert all("time cannot be true" in row.reason for row in aside)
    assert len(await store.readings.latest()) == 1


async def test_ingest_two_values_at_one_instant_are_both_kept_and_nothing_is_put_aside(
    mqtt_broker, store, database_dsn, role_dsn
):
    async with ingest_on(role_dsn("huangyu_ingest"), mqtt_broker) as worker, edge_of(mqtt_broker) as edge:
        await until_connected(worker)
        await edge.send([(1, oxygen(1, 7.0))])
        await edge.acknowledged(1)
        await edge.send([(2, oxygen(1, 3.0)), (3, oxygen(0, 7.1))])
        await edge.acknowledged(2, 3)
    assert await store.gateways.quarantined(NOW - timedelta(hours=1)) == []
    (latest,) = await store.readings.latest()
    assert latest.value == pytest.approx(7.1)
    kept = await store.readings.between([latest.series_id], NOW - timedelta(hours=1), NOW + timedelta(hours=1))
    assert sorted(row.value for row in kept) == pytest.approx([3.0, 7.0, 7.1])


async def test_ingest_flag_settled_later_amends_the_stored_reading(mqtt_broker, store, database_dsn, role_dsn) -> None:
    async with ingest_on(role_dsn("huangyu_ingest"), mqtt_broker) as worker, edge_of(mqtt_broker) as edge:
        await until_connected(worker)
        await edge.send([(1, oxygen(0, 7.0, QcFlag.UNKNOWN))])
        await edge.acknowledged(1)
        await edge.send([(2, oxygen(0, 7.0, QcFlag.SUSPECT))])
        await edge.acknowledged(2)
    (latest,) = await store.readings.latest()
    assert latest.qc == QcFlag.SUSPECT
    assert await store.gateways.quarantined(NOW - timedelta(hours=1)) == []


@pytest.mark.parametrize(
    ("case", "payload"),
    [
        ("not zlib", b"hello"),
        ("empty", b""),
        ("another gateway's name", pack.encode(PackHead(**{**HEAD.__dict__, "gateway": "gw-x"}), [(1, oxygen(0))])),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_ingest_unreadable_payload_is_put_aside_whole(
    case, payload, mqtt_broker, store, database_dsn, role_dsn
) -> None:
    async with ingest_on(role_dsn("huangyu_ingest"), mqtt_broker) as worker, edge_of(mqtt_broker) as edge:
        await until_connected(worker)
        for _ in range(2):
            await edge.client.publish(topics.up(GATEWAY, Stream.READING), payload, qos=1)
        await edge.send([(7, oxygen(0))])
        await edge.acknowledged(7)
    (row,) = await store.gateways.quarantined(NOW - timedelta(hours=1))
    assert (row.gateway_id, row.seq, row.raw, row.n) == (GATEWAY, None, payload, 2)


async def test_ingest_sentences_become_raw_lines_positions_and_particulars(
    mqtt_broker, store, database_dsn, role_dsn
) -> None:
    async with ingest_on(role_dsn("huangyu_ingest"), mqtt_broker) as worker, edge_of(mqtt_broker) as edge:
        await until_connected(worker)
        await edge.send([(1, line(TYPE_1, 1)), (2, line(TYPE_5)), (3, line("!AIVDM,garbage*00"))], Stream.NMEA)
        await edge.acknowledged(1, 2, 3)
    (live,) = await store.targets.live(NOW - timedelta(hours=1))
    assert (live.mmsi, live.receiver, live.gateway_id) == (371798000, "rx1", GATEWAY)
    assert live.position.observed_at == NOW - timedelta(minutes=1)
    assert (live.position.lat_deg, live.position.lon_deg) == (pytest.approx(48.38163), pytest.approx(-123.39538))
    assert (live.position.sog_kn, live.position.cog_deg, live.position.heading_deg) == (12.3, 224.0, 215)
    (static,) = await store.targets.statics(NOW - timedelta(hours=1))
    assert (static.mmsi, static.name, static.part) == (351759000, "EVER DIADEM", "5")
    raw = await store.positions.raw(NOW - timedelta(hours=1), NOW + timedelta(hours=1))
    assert sorted((r.seq, r.line) for r in raw) == [(1, TYPE_1), (2, TYPE_5), (3, "!AIVDM,garbage*00")]
    assert [row.seq for row in await store.gateways.quarantined(NOW - timedelta(hours=1))] == [3]


@pytest.mark.parametrize("sog_kn", [102, 103, 131, 1022, None])
async def test_ingest_search_aircraft_is_stored_at_its_speed(
    sog_kn: int | None, mqtt_broker, store, database_dsn, role_dsn
) -> None:
    async with ingest_on(role_dsn("huangyu_ingest"), mqtt_broker) as worker, edge_of(mqtt_broker) as edge:
        await until_connected(worker)
        await edge.send([(1, line(search_aircraft(1023 if sog_kn is None else sog_kn), 1))], Stream.NMEA)
        await edge.acknowledged(1)
    (live,) = await store.targets.live(NOW - timedelta(hours=1))
    (past,) = await store.positions.track(111232511, NOW - timedelta(hours=1), NOW)
    assert live.position == past
    assert (past.sog_kn, past.source) == (sog_kn, PositionSource.AIS_SAR)
    assert (past.lat_deg, past.lon_deg, past.cog_deg) == (27.8, 121.2, 154.5)
    assert await store.gateways.quarantined(NOW - timedelta(hours=1)) == []


def search_aircraft(sog: int) -> str:
    """Return a type 9 report (ITU-R M.1371-5 table 53) of 111232511, packed here and not by the decoder's authors."""
    fields = (
        (9, 6), (0, 2), (111232511, 30), (303, 12), (sog, 10), (1, 1), (round(121.2 * 600_000), 28),
        (round(27.8 * 600_000), 27), (1545, 12), (15, 6), (0, 8), (1, 1), (0, 5), (0, 20),
    )  # fmt: skip
    bits = "".join(f"{value:0{width}b}" for value, width in fields)
    sextets = (int(bits[start : start + 6], 2) for start in range(0, 168, 6))
    return _with_checksum(f"!AIVDM,1,1,,A,{''.join(chr(v + 48 if v < 40 else v + 56) for v in sextets)},0*00")


async def test_ingest_distress_position_notifies_listeners_at_commit(mqtt_broker, database_dsn, role_dsn) -> None:
    # gpsd's sample: a class A report with status 14 of MMSI 970010119 (AIS-SART).
    sart = "!AIVDM,1,1,,A,1>M4f1vP00Dd;bl;=8hk1OwP0000,0*5D"
    listener = await psycopg.AsyncConnection.connect(database_dsn, autocommit=True)
    async with listener, ingest_on(role_dsn("huangyu_ingest"), mqtt_broker) as worker, edge_of(mqtt_broker) as edge:
        await listener.execute("listen huangyu_distress")
        await until_connected(worker)
        await edge.send([(1, line(_with_checksum(sart)))], Stream.DISTRESS)
        async with asyncio.timeout(LIMIT_S):
            async for notice in listener.notifies():
                assert notice.payload.startswith("970")
                break
        mayday = encode_dict({"type": 14, "mmsi": 412123456, "text": "MAYDAY"})[0].replace("!AIVDO", "!AIVDM")
        await edge.send([(2, line(_with_checksum(mayday)))], Stream.ALARM)
        async with asyncio.timeout(LIMIT_S):
            async for notice in listener.notifies():
                assert notice.payload == "412123456", "words are looked at as soon"
                break


def _with_checksum(sentence: str) -> str:
    body = sentence[1:].split("*", maxsplit=1)[0]
    total = 0
    for character in body:
        total ^= ord(character)
    return f"{sentence[0]}{body}*{total:02X}"


async def test_ingest_health_records_become_health_and_gaps(mqtt_broker, store, database_dsn, role_dsn) -> None:
    gap = {"stream": "nmea", "first": 5, "last": 9, "count": 3, "reason": "quota", "from": 1.0, "to": 2.0}
    records = [("gap", gap), ("receiver", {"name": "rx1", "connected": True}), ("gateway", {"spool_rows": 12})]
    items = [
        (seq, Sentence(receiver=kind, observed_at=NOW, text=json.dumps(detail)))
        for seq, (kind, detail) in enumerate(records, start=1)
    ]
    items.append((4, Sentence(receiver="unit", observed_at=NOW, text='{"name": NaN}')))
    async with ingest_on(role_dsn("huangyu_ingest"), mqtt_broker) as worker, edge_of(mqtt_broker) as edge:
        await until_connected(worker)
        await edge.send(items, Stream.HEALTH)
        await edge.acknowledged(1, 2, 3, 4)
    assert [(g.stream, g.first_seq, g.last_seq, g.n) for g in await store.gateways.gaps(NOW)] == [("nmea", 5, 9, 3)]
    assert [(h.kind, h.name) for h in await store.gateways.health()] == [("gateway", ""), ("receiver", "rx1")]
    assert [row.seq for row in await store.gateways.quarantined(NOW)] == [4]


async def test_ingest_last_will_turns_gateway_offline(mqtt_broker, store, database_dsn, role_dsn) -> None:
    async with ingest_on(role_dsn("huangyu_ingest"), mqtt_broker) as worker, edge_of(mqtt_broker) as edge:
        await until_connected(worker)
        await edge.client.publish(topics.status(GATEWAY), json.dumps({"state": "offline", "boot": "b1"}), qos=1)
        async with asyncio.timeout(LIMIT_S):
            while not (rows := await store.gateways.all()) or rows[0].state != "offline":
                await asyncio.sleep(0.02)
    assert rows[0].status == {"state": "offline", "boot": "b1"}


async def test_ingest_radar_plots_are_placed_by_the_radars_own_position(
    mqtt_broker, store, database_dsn, role_dsn
) -> None:
    own = _with_checksum("$GPRMC,120000,A,2748.000,N,12112.000,E,0.0,0.0,231126,,,A*00")
    plot = _with_checksum("$RATTM,07,2.00,90.0,T,5.0,180.0,T,1.0,2.0,N,,T,,120000,A*00")
    async with ingest_on(role_dsn("huangyu_ingest"), mqtt_broker) as worker, edge_of(mqtt_broker) as edge:
        await until_connected(worker)
        await edge.send([(1, line(own, 1)), (2, line(plot))], Stream.NMEA)
        await edge.acknowledged(1, 2)
        await edge.send([(2, line(plot)), (3, line(plot))], Stream.NMEA)
        await edge.acknowledged(3)
    with psycopg.connect(database_dsn) as connection:
        rows = connection.execute("select sensor, number, lat_deg, lon_deg, uncertainty_m from detection").fetchall()
    ((sensor, number, lat_deg, lon_deg, uncertainty_m),) = rows
    assert (sensor, number) == ("gw-dt01/rx1", 7)
    assert (lat_deg, lon_deg) == (pytest.approx(27.8, abs=1e-3), pytest.approx(121.2377, abs=1e-3))
    assert uncertainty_m == pytest.approx(71.3, abs=0.1)  # 30 m and 1 degree of 2 nmi
