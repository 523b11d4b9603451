"""What the two alert benchmarks share: a database, an SMS centre and senders as processes of their own."""

import argparse
import asyncio
import json
import os
import platform
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alerts import rules
from alerts.campaign import Campaign, CampaignTally, Recipient
from core.errors import StoreError
from core.finding import Severity
from services import campaigns
from services.channels.smpp import SmppChannel, SmppSettings
from services.postgres import EmbeddedPostgres, PostgresSettings
from services.sender import SenderRules
from services.sms import SmsService
from store import migrate
from store.database import Database
from store.store import Store

ROOT = Path(__file__).resolve().parent.parent
RULES = rules.load(ROOT / "config" / "rules")
TEXT = "台风预警：{name}请于今日18时前回东沙港避风，人员上岸。{reply}"


def arguments(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a smaller run that ends within 50 s on 2 cores")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object on the last line")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--sender", nargs=3, metavar=("DSN", "PORT", "RULES"), help=argparse.SUPPRESS)
    return parser.parse_args()


def machine() -> str:
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{os.cpu_count()} cores, {memory_gb:.0f} GB, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def database(folder: Path, port: int) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(PostgresSettings(home=folder / "postgres", port=port)) as server:
        migrate.upgrade(server.dsn(), datetime.now(UTC), want="plain")
        yield server


@contextmanager
def sms_centre(folder: Path, port: int, *options: str) -> Iterator[Path]:
    log = folder / "phones.jsonl"
    command = [sys.executable, "-m", "firmware_sim.smsc", "--port", str(port), "--log", str(log), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield log
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def start_sender(script: str, dsn: str, port: int, options: dict[str, float]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, script, "--sender", dsn, str(port), json.dumps(options)]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"HUANGYU_SMPP_PASSWORD": "secret"}, stderr=subprocess.DEVNULL
    )


async def send_forever(dsn: str, port: int, options: dict[str, float]) -> None:
    """The sender's process: passes for ever; a database that is away is waited for."""
    retry = RULES and {name: options.pop(name) for name in list(options) if name == "unknown_wait_s"}
    sender = SenderRules(**options)  # type: ignore[arg-type]
    if retry:
        sender = SenderRules(**options, retry=type(sender.retry)(**retry))  # type: ignore[arg-type]
    channel = SmppChannel("smpp", SmppSettings(host="127.0.0.1", port=port, system_id="huangyu", source_addr="1069"))
    async with Database.session(dsn, application="sms", wait_s=30.0) as db:
        service = SmsService(Store(db), {"smpp": channel}, RULES.policies, rules=sender)
        while True:
            try:
                tally = await service.once()
                await asyncio.sleep(0.0 if tally.sent else 0.05)
            except (StoreError, ExceptionGroup) as exc:
                if isinstance(exc, ExceptionGroup) and exc.split(StoreError)[1] is not None:
                    raise
                await asyncio.sleep(0.2)


def boats(count: int) -> list[Recipient]:
    return [
        Recipient(recipient_id=f"mmsi:{412000000 + n}", name_zh=f"浙洞渔{n:05d}", address=f"199{n:08d}")
        for n in range(count)
    ]


async def begin(dsn: str, people: list[Recipient], name: str) -> Campaign:
    async with Database.session(dsn) as db:
        return await campaigns.begin(
            Store(db), RULES.wording, name_zh=name, district_id="dongtou", severity=Severity.RED, text_zh=TEXT,
            text_en=TEXT, by="benchmark", at=datetime.now(UTC), recipients=people,
        )  # fmt: skip


async def tally(dsn: str, campaign_id: str) -> CampaignTally:
    async with Database.session(dsn) as db:
        return await Store(db).campaigns.tally(campaign_id)


def phones(log: Path) -> Counter[str]:
    return Counter(json.loads(line)["address"] for line in log.read_text(encoding="utf-8").splitlines())


def report(figures: dict[str, object], as_json: bool) -> None:
    for name, value in figures.items():
        print(f"{name:>20}  {value}")
    if as_json:
        print(json.dumps(figures, ensure_ascii=False))
