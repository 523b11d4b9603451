"""The embedded broker as its own process: password, topic rules, clear refusal."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import aiomqtt
import pytest

from core import topics
from core.errors import ConfigError
from core.topics import Stream
from services.broker_access import User, load_users, may_use
from tests.fixtures.broker import BrokerProcess


def client(broker: BrokerProcess, *, gateway: bool = False, password: str | None = None) -> aiomqtt.Client:
    user = broker.gateway_username if gateway else broker.username
    secret = broker.gateway_password if gateway else broker.password
    return aiomqtt.Client(broker.host, broker.port, username=user, password=password or secret)


async def test_broker_right_password_delivers_qos1_from_gateway_to_shore(any_broker: BrokerProcess) -> None:
    async with client(any_broker) as shore, client(any_broker, gateway=True) as edge:
        await shore.subscribe(topics.ALL_UP, qos=1)
        await edge.publish(topics.up("gw-dt01", Stream.READING), b"x", qos=1)
        message = await asyncio.wait_for(anext(aiter(shore.messages)), 5)
        assert message.payload == b"x"


async def test_broker_wrong_password_is_refused(any_broker: BrokerProcess) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with client(any_broker, password="wrong"):
            pass


async def test_broker_gateway_writing_another_tree_is_not_delivered(mqtt_broker: BrokerProcess) -> None:
    async with client(mqtt_broker) as shore, client(mqtt_broker, gateway=True) as edge:
        await shore.subscribe("huangyu/1/#", qos=1)
        await edge.publish(topics.up("gw-other", Stream.READING), b"forged", qos=1)
        await edge.publish(topics.up("gw-dt01", Stream.READING), b"own", qos=1)
        message = await asyncio.wait_for(anext(aiter(shore.messages)), 5)
        assert message.payload == b"own"


@pytest.mark.parametrize(
    ("topic", "publish", "allowed"),
    [
        ("huangyu/1/gw-a/up/reading", True, True),
        ("huangyu/1/gw-a/status", True, True),
        ("huangyu/1/gw-a/cmd/7/result", True, True),
        ("huangyu/1/gw-a/cmd/7", True, False),
        ("huangyu/1/gw-a/ack", True, False),
        ("huangyu/1/gw-b/up/reading", True, False),
        ("huangyu/1/gw-a/ack", False, True),
        ("huangyu/1/gw-a/cmd/+", False, True),
        ("huangyu/1/gw-a/config", False, True),
        ("huangyu/1/#", False, False),
        ("#", False, False),
    ],
)
def test_gateway_rights_cover_only_its_own_tree(topic: str, publish: bool, allowed: bool) -> None:
    assert may_use(User(name="gw-a", password="p", role="gateway"), topic, publish=publish) is allowed


def test_users_file_with_bad_lines_names_each(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_text("good:secret\nnocolon\nx:y:admin\n")
    with pytest.raises(ConfigError) as caught:
        load_users(path)
    assert len(caught.value.problems) == 2
    assert f"{path}:2" in caught.value.problems[0]


def test_broker_port_in_use_says_what_to_do_and_exits_1(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("a:b\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "services.broker", "--port", str(port), "--users", str(users)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "--port" in done.stderr.splitlines()[-1]
