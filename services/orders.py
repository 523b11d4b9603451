"""Sends people's orders to gateways. Sent twice, a command is carried out once: its id is noted before it is obeyed."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from core import topics
from core.downlink import command_message, config_message
from store.orders import COMMAND, WaitingOrder

log = logging.getLogger(__name__)
Publish = Callable[[str, bytes, bool], Awaitable[None]]
"""Publishes (topic, payload, retained) and returns once the broker has it."""
TOO_LATE = "岸端与消息服务器断开，指令过期未发 / the shore had no broker until the command had expired"


async def send_waiting(store: Any, publish: Publish, at: datetime) -> int:
    """Send every waiting order; return how many. What cannot be published raises and stays waiting."""
    sent = 0
    for order in await store.orders.waiting():
        if order.expires_at is not None and order.expires_at <= at:
            await store.orders.too_late(order.order_id, at, TOO_LATE)
            continue
        await publish(*message_of(order))
        await store.orders.sent(order.order_id, at)
        sent += 1
        log.info("order sent", extra={"order": order.order_id, "gateway": order.gateway_id, "kind": order.kind})
    return sent


def message_of(order: WaitingOrder) -> tuple[str, bytes, bool]:
    """Return (topic, payload, retained): a config waits at the broker for its gateway, a command does not."""
    if order.kind == COMMAND:
        assert order.name is not None and order.value is not None and order.expires_at is not None
        payload = command_message(
            order.name, order.value, by=order.ordered_by, issued_at_s=order.ordered_at.timestamp(),
            expires_at_s=order.expires_at.timestamp(),
        )  # fmt: skip
        return topics.command(order.gateway_id, order.order_id), payload, False
    assert order.version is not None and order.body is not None
    return topics.config(order.gateway_id), config_message(order.version, order.body), True
