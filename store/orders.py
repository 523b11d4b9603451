"""Orders of people on shore to a gateway: given at a screen, sent by ingest, answered on the health stream."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from store.database import Executor
from store.gateways import Health

COMMAND, CONFIG = "command", "config"
_ENDS = {
    COMMAND: frozenset({"done", "failed", "unknown", "refused", "expired"}),
    CONFIG: frozenset({"trial", "good", "rolled_back", "refused"}),
}
SETTLED = frozenset().union(*_ENDS.values()) - {"trial"}
"""States that nothing follows."""
MOST_AT_ONCE = 100
MOST_REASON = 2000


@dataclass(frozen=True, kw_only=True)
class WaitingOrder:
    """An order that nobody has sent yet: `name` and `value` of a command, `version` and `body` (TOML) of a config."""

    order_id: str
    gateway_id: str
    kind: str
    name: str | None
    value: int | None
    version: int | None
    body: str | None
    ordered_by: str
    ordered_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class OrderRow(WaitingOrder):
    """An order and what became of it; `state` as in the table's comment."""

    sent_at: datetime | None
    state: str
    reason: str
    answered_at: datetime | None


class Orders:
    """Family of table gateway_order."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def add_command(
        self, gateway_id: str, name: str, value: int, *, by: str, valid_s: float, order_id: str | None = None
    ) -> str:
        """Order a command that is worthless after `valid_s` seconds, at most an hour; return its id."""
        found = await self._db.tuples(
            "orders/add_command", gateway_id=gateway_id, name=name, value=value, by=by, valid_s=valid_s,
            order_id=order_id,
        )  # fmt: skip
        return str(found[0][0])

    async def add_config(self, gateway_id: str, body: str, *, by: str) -> str | None:
        """Order a configuration to be tried, at the next version; None for a gateway never heard of."""
        found = await self._db.tuples("orders/add_config", gateway_id=gateway_id, body=body, by=by)
        return str(found[0][0]) if found else None

    async def one(self, order_id: str) -> OrderRow | None:
        """Return an order."""
        return await self._db.one(OrderRow, "orders/one", order_id=order_id)

    async def newest(self, gateway_id: str, limit: int = 20) -> list[OrderRow]:
        """Return a gateway's newest orders, the newest first."""
        return await self._db.rows(OrderRow, "orders/newest", gateway_id=gateway_id, limit=limit)

    async def waiting(self, limit: int = MOST_AT_ONCE) -> list[WaitingOrder]:
        """Return orders to be sent, the oldest first."""
        return await self._db.rows(WaitingOrder, "orders/waiting", limit=limit)

    async def sent(self, order_id: str, at: datetime) -> None:
        """Note that the broker has an order."""
        await self._db.execute("orders/sent", order_id=order_id, at=at, state="sent", reason="")

    async def too_late(self, order_id: str, at: datetime, reason: str) -> None:
        """Note that a command expired on shore and was not sent."""
        await self._db.execute("orders/sent", order_id=order_id, at=at, state="expired", reason=reason)

    async def answer(self, records: Iterable[Health]) -> None:
        """Settle the orders that these health records answer; others are passed over."""
        rows = [row for record in records if (row := _answer(record)) is not None]
        if rows:
            await self._db.execute_many("orders/answered", rows)


def _answer(record: Health) -> dict[str, object] | None:
    state, told = record.detail.get("state"), record.detail
    if record.kind not in _ENDS or state not in _ENDS[record.kind]:
        return None
    version = told.get("version") if record.kind == CONFIG else None
    order_id = told.get("id") if record.kind == COMMAND else None
    return {
        "gateway_id": record.gateway_id, "state": state, "reason": str(told.get("reason", ""))[:MOST_REASON],
        "at": record.observed_at, "order_id": order_id if isinstance(order_id, str) else None,
        "version": version if type(version) is int and 0 < version < 2**63 else None,
    }  # fmt: skip
