"""A storm campaign over SMPP on loopback: messages a second, nobody missed, nobody told twice, receipts matched.

Also measured: how long a red forecast takes from the finding to the provider's acceptance (p99 over single alerts).
"""

import asyncio
import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from alerts_common import (
    RULES,
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
)

from alerts.campaign import Recipient
from alerts.directory import Address, ChannelKind, Contact, Scope, ScopeKind
from core.finding import Condition, Finding, Severity, Subject, SubjectKind
from services.alerting import AlertDesk
from store.database import Database
from store.store import Store

SENDERS = 2
"""Sender processes on one outbox, as in production with one for each core."""
SENDER = {"workers": 48, "batch": 50, "lease_s": 60.0, "send_limit_s": 20.0}


async def warm_up(dsn: str) -> None:
    """Wait until the sender's process is up: it has sent a campaign of one."""
    campaign = await begin(dsn, [Recipient(recipient_id="warm-up", name_zh="试", address="19999999999")], "预热")
    while (await tally(dsn, campaign.campaign_id)).told == 0:
        await asyncio.sleep(0.05)


async def run_campaign(dsn: str, count: int, limit_s: float) -> dict[str, float]:
    began = time.perf_counter()
    campaign = await begin(dsn, boats(count), "台风")
    queued = time.perf_counter()
    told_s = None
    while time.perf_counter() - queued < limit_s:
        state = await tally(dsn, campaign.campaign_id)
        if told_s is None and state.told == count:
            told_s = time.perf_counter() - queued
        if state.delivered == count:
            break
        await asyncio.sleep(0.1)
    state = await tally(dsn, campaign.campaign_id)
    return {
        "queue_s": round(queued - began, 2),
        "send_s": round(told_s or float("nan"), 2),
        "per_s": round(count / told_s, 1) if told_s else 0.0,
        "receipts_matched": state.delivered,
        "marked_repeats": state.possible_repeats,
    }


async def crossing_to_accepted(dsn: str, count: int) -> list[float]:
    """Seconds from the call of the desk with a finding to the provider's acceptance, one alert after the other."""
    latencies = []
    async with Database.session(dsn) as db:
        store = Store(db)
        await store.contacts.save(
            Contact(contact_id="skipper", name_zh="船老大", role="skipper",
                    addresses=(Address(kind=ChannelKind.SMS, address="19900000000"),)),
            [(Scope(kind=ScopeKind.VESSEL, id="412000000"), 0)],
        )  # fmt: skip
        desk = AlertDesk(store, RULES)
        for number in range(count):
            began, at = time.perf_counter(), datetime.now(UTC)
            finding = Finding(
                key=f"vessels.storm:{number}", rule="vessels.storm", rule_version="1", condition=Condition.ACTIVE,
                severity=Severity.RED, subject=Subject(kind=SubjectKind.VESSEL, id="412000000", name=f"船{number}"),
                observed_at=at, reason_zh="今夜浪高4.5米", reason_en="Hs 4.5 m", advice_zh="请回港", advice_en="Return",
            )  # fmt: skip
            await desk.apply([finding], at)
            while not any(row.rule == "vessels.storm" and row.sent_at for row in await store.outbox.recent(limit=1)):
                await asyncio.sleep(0.005)
            latencies.append(time.perf_counter() - began)
    return latencies


def main() -> None:
    chosen = arguments(__doc__)
    if chosen.sender:
        asyncio.run(send_forever(chosen.sender[0], int(chosen.sender[1]), json.loads(chosen.sender[2])))
    count, singles = (3000, 30) if chosen.quick else (10000, 200)
    with tempfile.TemporaryDirectory(prefix="huangyu-bench-") as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)
        with database(folder, free_port()) as server, sms_centre(folder, port) as log:
            dsn = server.dsn("huangyu_services")
            senders = [start_sender(__file__, dsn, port, SENDER) for _ in range(SENDERS)]
            try:
                asyncio.run(warm_up(server.dsn()))
                figures = asyncio.run(run_campaign(server.dsn(), count, limit_s=120.0))
                told = phones(log)
                latencies = sorted(asyncio.run(crossing_to_accepted(server.dsn(), singles)))
            finally:
                for sender in senders:
                    sender.kill()
                    sender.wait()
    everyone = {f"199{n:08d}" for n in range(count)}
    report(
        {
            "per_s": figures.pop("per_s"),
            "missed": len(everyone - told.keys()),
            "doubled": sum(n - 1 for n in told.values()),
            "recipients": count,
            **figures,
            "accepted_p50_s": round(latencies[len(latencies) // 2], 3),
            "accepted_p99_s": round(latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))], 3),
            "seed": chosen.seed,
            "method": f"{SENDERS} sender processes of 48 workers, smpp34 SMSC apart, embedded PostgreSQL with fsync",
            "machine": machine(),
        },
        chosen.json,
    )


if __name__ == "__main__":
    main()
