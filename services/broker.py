"""The embedded MQTT broker for demo, tests and small sites: amqtt with a password, on the loopback interface only.

Run as its own process: ``python -m services.broker --port 1883 --users FILE``. It keeps nothing on disk: the gateway's
spool and the shore's acknowledgement carry the promise, not the broker. Production uses mosquitto.
"""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig
from amqtt.errors import AMQTTError, BrokerError

from core.errors import AppError, StartError
from services.broker_access import load_users

HOST = "127.0.0.1"
_log = logging.getLogger(__name__)


def broker_config(port: int, users: Path) -> BrokerConfig:
    """Return amqtt's settings: one loopback listener, password and topic rules from `users`."""
    return BrokerConfig.from_dict(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}"}},
            "plugins": {
                "services.broker_access.PasswordPlugin": {"users": str(users)},
                "services.broker_access.TopicPlugin": {"users": str(users)},
            },
        }
    )


@asynccontextmanager
async def running_broker(port: int, users: Path) -> AsyncIterator[int]:
    """Serve until the block ends; yields the port that is listening (useful with port 0).

    Raises
    ------
    StartError
        When the port is taken or the listener cannot be opened.
    """
    load_users(users)
    broker = Broker(broker_config(port, users))
    try:
        await broker.start()
    except (BrokerError, AMQTTError, OSError) as exc:
        raise StartError(
            f"The broker cannot listen on {HOST}:{port} ({exc.__cause__ or exc}): "
            f"stop what uses that port or choose another with --port."
        ) from exc
    try:
        yield _listening_port(broker)
    finally:
        await broker.shutdown()


def _listening_port(broker: Broker) -> int:
    server = broker._servers["default"].instance
    return int(server.sockets[0].getsockname()[1])


async def serve(port: int, users: Path) -> None:
    """Run until SIGTERM or SIGINT; prints one line when clients may connect."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running_broker(port, users) as bound:
        sys.stdout.write(f"broker ready {HOST}:{bound}\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Parse the arguments and serve; exits 1 with one sentence when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m services.broker", description="Embedded MQTT broker.")
    parser.add_argument("--port", type=int, default=1883, help="0 chooses a free port")
    parser.add_argument("--users", type=Path, required=True, help="file of user:password[:gateway] lines")
    options = parser.parse_args()
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("transitions").setLevel(logging.ERROR)
    try:
        asyncio.run(serve(options.port, options.users))
    except AppError as exc:
        sys.stderr.write(f"错误 / error: {exc}\n")
        raise SystemExit(1) from exc


if __name__ == "__main__":
    main()
