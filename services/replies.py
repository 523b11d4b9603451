"""Replies of people: kept, understood, and turned into the step they mean."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from alerts import handling
from alerts.model import Actor, Alert, Outcome, StepRefusedError
from alerts.policy import Policies
from alerts.replies import Meaning, meaning, plain_number
from store.errors import StoreConflictError
from store.outbox import LastMessage, Reply

log = logging.getLogger(__name__)


async def take_replies(store: Any, policies: Policies, replies: Sequence[Reply], at: datetime) -> int:
    """Keep each reply once and do what it means; return how many were new."""
    fresh = 0
    for reply in replies:
        address = plain_number(reply.address)
        last = await store.outbox.last_to(address, at)
        sorted_out = replace(
            reply, address=address, meaning=str(meaning(reply.text)), message_id=last.message_id if last else None
        )
        if await store.outbox.keep_reply(sorted_out):
            fresh += 1
            await _act(store, policies, sorted_out, last, at)
    return fresh


async def _act(store: Any, policies: Policies, reply: Reply, last: LastMessage | None, at: datetime) -> None:
    if reply.meaning in (Meaning.OPT_OUT, Meaning.OPT_IN):
        await store.contacts.opt_out(reply.address, at if reply.meaning == Meaning.OPT_OUT else None)
    if reply.meaning != Meaning.RECEIVED or last is None:
        return
    await store.campaigns.answered(last.message_id, at)
    contact = (await store.contacts.contacts([last.contact_id])).get(last.contact_id)
    role = contact.role if contact else "farmer"
    actor = Actor(id=f"sms:{last.contact_id}", name=last.contact_name or last.contact_id, role=role)
    for alert_id in last.alert_ids:
        await _acknowledge(store, policies, alert_id, actor, at)


async def _acknowledge(store: Any, policies: Policies, alert_id: str, actor: Actor, at: datetime) -> None:
    def step(alert: Alert) -> Outcome:
        return handling.acknowledge(alert, actor=actor, at=at, policies=policies, note="短信回复")

    try:
        await store.alerts.decide(alert_id, step)
    except StepRefusedError:
        log.info("reply to an alert that was acknowledged before", extra={"alert": alert_id})
    except StoreConflictError:
        log.info("reply crossed another step", extra={"alert": alert_id})
