"""Orders of people at a screen to call a district: carried out by the sender, each once."""

import logging
from datetime import datetime
from typing import Any

from alerts.wording import Wording
from core.errors import AppError
from core.finding import Severity
from services import campaigns
from store.errors import StoreUnavailableError

log = logging.getLogger(__name__)


async def carry_out(store: Any, wording: Wording, at: datetime) -> int:
    """Begin the campaign of every open order; return how many began.

    The campaign's id is made of the order's own instant: an order that a killed sender left half done begins no second
    campaign. What cannot begin is told to whoever ordered it.
    """
    began = 0
    for order in await store.campaigns.orders():
        outcome = ""
        try:
            await campaigns.begin(
                store,
                wording,
                name_zh=order.name_zh,
                district_id=order.district_id,
                severity=Severity(order.severity),
                text_zh=order.text_zh,
                text_en=order.text_en or order.text_zh,
                by=order.ordered_by,
                at=order.ordered_at,
                drill=order.drill,
            )
            began += 1
        except StoreUnavailableError as away:  # the order stays open: the next pass begins it
            log.warning("order waits", extra={"order": order.order_id, "reason": str(away)})
            continue
        except AppError as refused:
            outcome = str(refused)
            log.warning("order to call a district not carried out", extra={"order": order.order_id})
        await store.campaigns.order_done(order.order_id, at=at, outcome=outcome)
    return began
