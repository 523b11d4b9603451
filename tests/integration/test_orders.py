"""Orders from shore to a gateway, end to end: database, ingest, broker, gateway, a relay, and the answer back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from core import topics
from core.downlink import config_problems
from services.cli.order import app
from services.ingest import Ingest
from services.ingest_settings import IngestSettings
from services.orders import TOO_LATE, send_waiting
from services.settings import BrokerSettings
from store.database import Database
from store.orders import OrderRow
from store.store import Store
from tests.fixtures.broker import BrokerProcess
from tests.fixtures.instruments import Unit, modbus_tcp
from tests.fixtures.managed import managed, own_settings, polled_unit

LIMIT_S = 30.0
AERATOR = """
[[command]]
name = "aerator-dt01-c01"
unit = "relay"
address = 0
"""


def polled(device: int, point: str) -> str:
    return polled_unit(device, point, name="relay", unit=9, profile="generic-relay")


@asynccontextmanager
async def shore(dsn: str, broker: BrokerProcess) -> AsyncIterator[None]:
    link = BrokerSettings(host=broker.host, port=broker.port, username=broker.username, client_id="orders-test")
    async with Database.session(dsn, application="ingest") as database:
        worker = Ingest(Store(database), link, broker.password, IngestSettings(order_period_s=0.1))
        stop = asyncio.Event()
        task = asyncio.create_task(worker.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task


async def settled(store: Store, order_id: str, holds: Callable[[OrderRow], bool]) -> OrderRow:
    async with asyncio.timeout(LIMIT_S):
        while True:
            row = await store.orders.one(order_id)
            assert row is not None
            if holds(row):
                return row
            await asyncio.sleep(0.05)


async def test_orders_from_shore_reach_the_relay_and_their_answers_come_back(
    mqtt_broker: BrokerProcess, store: Store, role_dsn: Callable[[str], str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("HUANGYU_MQTT_PASSWORD", "gateway-secret")
    relay = Unit(address=9, coils={0: 0, 1: 0, 2: 0})
    await store.gateways.ensure(["gw-dt01"])
    early = await store.orders.add_command("gw-dt01", "aerator-dt01-c01", 1, by="farmer", valid_s=60)
    async with modbus_tcp({9: relay}) as (device, _), shore(role_dsn("huangyu_ingest"), mqtt_broker):
        config = tmp_path / "gateway.toml"
        config.write_text(own_settings(mqtt_broker.port) + AERATOR + polled(device, "act"))
        await settled(store, early, lambda row: row.state == "sent")
        async with managed(config, tmp_path / "spool.sqlite", probation_s=2.0) as manager:
            async with asyncio.timeout(LIMIT_S):
                while manager.gateway is None or not manager.gateway.uplink.state.connected:
                    await asyncio.sleep(0.05)
            done = await store.orders.add_command("gw-dt01", "aerator-dt01-c01", 1, by="farmer", valid_s=60)
            row = await settled(store, done, lambda row: row.answered_at is not None)
            assert (row.state, row.ordered_by) == ("done", "farmer")
            assert relay.writes[-1] == (5, 0, 0xFF00)
            refused = await store.orders.add_command("gw-dt01", "winch", 1, by="farmer", valid_s=60)
            row = await settled(store, refused, lambda row: row.answered_at is not None)
            assert row.state == "refused"
            assert "not in this gateway's list" in row.reason
            (known,) = await store.gateways.all()
            assert known.status is not None
            assert [c["name"] for c in known.status["commands"]] == ["aerator-dt01-c01"]

            good = await store.orders.add_config("gw-dt01", polled(device, "act2"), by="tech")
            assert good is not None
            assert (
                await settled(store, good, lambda row: row.state not in ("waiting", "sent", "trial"))
            ).state == "good"
            bad = await store.orders.add_config("gw-dt01", polled(1, "act3"), by="tech")
            assert bad is not None
            row = await settled(store, bad, lambda row: row.state not in ("waiting", "sent", "trial"))
            assert (row.state, row.version) == ("rolled_back", 2)
            assert "was not healthy" in row.reason
            unsound = await store.orders.add_config("gw-dt01", '[broker]\nhost = "elsewhere"', by="tech")
            assert unsound is not None
            row = await settled(store, unsound, lambda row: row.state not in ("waiting", "sent", "trial"))
            assert (row.state, row.version) == ("refused", 3)
            assert manager.gateway is not None
            assert manager.gateway.config_version == 1
    states = {row.order_id: row.state for row in await store.orders.newest("gw-dt01")}
    assert states[good] == "good", "what came later does not touch an order that is settled"


class Broker:
    def __init__(self) -> None:
        self.away = True
        self.sent: list[str] = []

    async def publish(self, topic: str, payload: bytes, retained: bool) -> None:
        if self.away:
            raise ConnectionError("no broker")
        self.sent.append(topic)


async def test_order_waits_for_the_broker_and_is_not_sent_once_it_has_expired(store: Store) -> None:
    await store.gateways.ensure(["gw-dt01"])
    order = await store.orders.add_command("gw-dt01", "aerator", 1, by="farmer", valid_s=60)
    broker, now = Broker(), datetime.now(UTC)
    with pytest.raises(ConnectionError):
        await send_waiting(store, broker.publish, now)
    broker.away = False
    assert await send_waiting(store, broker.publish, now + timedelta(seconds=61)) == 0
    row = await store.orders.one(order)
    assert row is not None
    assert (row.state, row.reason, broker.sent) == ("expired", TOO_LATE, [])
    again = await store.orders.add_command("gw-dt01", "aerator", 1, by="farmer", valid_s=60)
    assert await send_waiting(store, broker.publish, now) == 1
    assert await send_waiting(store, broker.publish, now) == 0
    assert broker.sent == [topics.command("gw-dt01", again)]


def test_cli_says_when_nobody_sends_and_names_what_is_wrong(database_dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(database_dsn) as owner:
        owner.execute("insert into gateway (gateway_id) values ('gw-dt01')")
    file, run = tmp_path / "new.toml", CliRunner()
    file.write_text('[broker]\nhost = "x"\n')
    answer = run.invoke(app, ["config", "gw-dt01", str(file), "--dsn", database_dsn])
    assert "may not contain [broker]" in str(answer.exception)
    file.write_text("[[bus]]\n")
    answer = run.invoke(app, ["config", "gw-dt01", str(file), "--dsn", database_dsn, "--wait", "1"])
    assert answer.exit_code == 1
    assert "waiting" in answer.output
    answer = run.invoke(app, ["config", "nowhere", str(file), "--dsn", database_dsn, "--wait", "1"])
    assert "was never heard of" in str(answer.exception)


@pytest.mark.parametrize(
    ("text", "says"),
    [("= bad", "not valid TOML"), ("", "empty"), ('[spool]\npath = "x"', "may not contain [spool]"),
     ("a = '" + "x" * 300_000 + "'", "too long"), ("[" * 5000, "not valid TOML")],
)  # fmt: skip
def test_config_that_no_gateway_can_take_is_named_on_shore(text: str, says: str) -> None:
    assert says in " ".join(config_problems(text))
