"""SIGKILLs of the sender and of PostgreSQL during a campaign: nobody missed, repeats bounded and marked.

A sender sends one message at a time, so each of its kills can repeat at most one message, and that one is marked.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from alerts_common import (
    arguments,
    begin,
    boats,
    database,
    free_port,
    machine,
    phones,
    report,
    send_forever,
    sms_centre,
    start_sender,
    tally,
)  # fmt: skip

from services.postgres import EmbeddedPostgres

SENDER = {"workers": 1, "batch": 10, "lease_s": 12.0, "send_limit_s": 4.0, "unknown_wait_s": 1.0}
SENDERS = 2
EVERY_POSTGRES = 4
"""Every fourth kill is PostgreSQL's, the others are a sender's."""


@dataclass(kw_only=True)
class Chaos:
    """The processes that are killed, and how often each kind was."""

    server: EmbeddedPostgres
    port: int
    random: random.Random
    senders: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    sender_kills: int = 0
    postgres_kills: int = 0

    def start(self) -> None:
        for _ in range(SENDERS):
            self.senders.append(self._sender())

    def kill_one(self, number: int) -> None:
        if number % EVERY_POSTGRES == EVERY_POSTGRES - 1:
            pid = self.server.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)  # the postmaster; its children see that and end
            self.server.stop()
            self.server.start()
            self.postgres_kills += 1
            return
        index = self.random.randrange(len(self.senders))
        self.senders[index].kill()
        self.senders[index].wait()
        self.senders[index] = self._sender()
        self.sender_kills += 1

    def stop(self) -> None:
        for process in self.senders:
            process.kill()
            process.wait()

    def _sender(self) -> "subprocess.Popen[bytes]":
        return start_sender(__file__, self.server.dsn("huangyu_services"), self.port, SENDER)


def told(log: Path) -> int:
    return len(log.read_bytes().splitlines()) if log.exists() else 0


def kill_while_sending(chaos: Chaos, log: Path, kills: int) -> None:
    """Kill when messages are on their way: each kill waits until some more were told since the last one."""
    for number in range(kills):
        before, wanted = told(log), chaos.random.randrange(1, 12)
        deadline = time.monotonic() + 30.0
        while told(log) < before + wanted and time.monotonic() < deadline:
            time.sleep(0.003)
        time.sleep(chaos.random.random() * 0.03)
        chaos.kill_one(number)


def await_all(dsn: str, campaign_id: str, limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        state = asyncio.run(tally(dsn, campaign_id))
        if state.told == state.total:
            return
        time.sleep(0.2)


def marked(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        return {row[0] for row in connection.execute("select address from message_outbox where possible_repeat")}


def main() -> None:
    chosen = arguments(__doc__)
    if chosen.sender:
        asyncio.run(send_forever(chosen.sender[0], int(chosen.sender[1]), json.loads(chosen.sender[2])))
    count, kills = (300, 8) if chosen.quick else (2000, 40)
    with tempfile.TemporaryDirectory(prefix="huangyu-bench-") as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)
        with database(folder, free_port()) as server, sms_centre(folder, port, "--delay-ms", "15") as log:
            campaign = asyncio.run(begin(server.dsn(), boats(count), "chaos"))
            chaos = Chaos(server=server, port=port, random=random.Random(chosen.seed))
            chaos.start()
            try:
                kill_while_sending(chaos, log, kills)
                await_all(server.dsn(), campaign.campaign_id, 120.0)
            finally:
                chaos.stop()
            got, repeats = phones(log), marked(server.dsn())
    everyone = {f"199{n:08d}" for n in range(count)}
    doubled = {address for address, n in got.items() if n > 1}
    report(
        {
            "kills": chaos.sender_kills + chaos.postgres_kills,
            "missing": len(everyone - got.keys()),
            "doubled": sum(n - 1 for n in got.values()),
            "sender_kills": chaos.sender_kills,
            "postgres_kills": chaos.postgres_kills,
            "doubled_unmarked": len(doubled - repeats),
            "marked_repeats": len(repeats),
            "recipients": count,
            "seed": chosen.seed,
            "method": f"{SENDERS} sender processes, SMSC answers after 15 ms, kills while messages are on their way",
            "machine": machine(),
        },
        chosen.json,
    )


if __name__ == "__main__":
    main()
