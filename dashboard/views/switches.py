"""What can be switched from shore, and what became of the orders: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.i18n import Words, mark
from dashboard.look import State
from store.orders import COMMAND, OrderRow
from store.reader_desk import GatewayRow

ACTIONS = {"aerator": mark("Aerator"), "feeder": mark("Feeder"), "lamp": mark("Camera lamp")}
STATES = {
    "waiting": (State.UNKNOWN, mark("waiting to be sent")),
    "sent": (State.UNKNOWN, mark("sent, not answered yet")),
    "done": (State.GOOD, mark("done")),
    "failed": (State.ORANGE, mark("failed")),
    "unknown": (State.ORANGE, mark("unknown: look on site")),
    "refused": (State.YELLOW, mark("refused by the gateway")),
    "expired": (State.YELLOW, mark("too late, not done")),
    "trial": (State.UNKNOWN, mark("on trial")),
    "good": (State.GOOD, mark("in force")),
    "rolled_back": (State.ORANGE, mark("not healthy, rolled back")),
}
NO_ANSWER = (State.ORANGE, mark("no answer: look on site"))
ANSWER_GRACE = timedelta(seconds=30)
"""How long after its expiry a command's answer may still be on its way."""


@dataclass(frozen=True, kw_only=True)
class Switch:
    """One action that a gateway offers for a cage; `on` None while its state is not known."""

    gateway_id: str
    name: str
    label: str
    values: tuple[int, ...]
    valid_s: float
    on: bool | None
    reachable: bool


def switches(
    gateways: Sequence[GatewayRow], cage_id: str | None, states: dict[str, float], *, words: Words
) -> list[Switch]:
    """Return what may be switched at a cage (None: anywhere).

    Parameters
    ----------
    states
        Newest value of the cage's quantities, as ``aerator_on``.
    """
    found = []
    for gateway in gateways:
        offered = (gateway.status or {}).get("commands")
        for row in offered if isinstance(offered, list) else []:
            if not isinstance(row, dict) or not isinstance(row.get("name"), str):
                continue
            if cage_id is not None and row.get("cage") != cage_id:
                continue
            values = tuple(v for v in row.get("values") or () if type(v) is int)
            action = row["name"].partition("-")[0]
            known = states.get(f"{action}_on")
            label = words(ACTIONS[action]) if action in ACTIONS else row["name"]
            found.append(
                Switch(
                    gateway_id=gateway.gateway_id, name=row["name"], values=values, valid_s=_valid_s(row),
                    label=label if cage_id is not None else f"{label} · {row.get('cage') or row['name']}",
                    on=None if known is None else known > 0, reachable=gateway.state == "online",
                )
            )  # fmt: skip
    return found


def _valid_s(row: dict[str, object]) -> float:
    age_s = row.get("max_age_s")
    return min(max(float(age_s), 5.0), 3600.0) if isinstance(age_s, int | float) else 60.0


def value_word(value: int, words: Words) -> str:
    """Return what a value of a switch is called."""
    return words(mark("Off")) if value == 0 else words(mark("On")) if value == 1 else str(value)


def verdict(order: OrderRow, *, now: datetime, words: Words) -> tuple[State, str]:
    """Return the colour and words of an order's state; a command that stays unanswered says so."""
    silent = order.state in {"waiting", "sent"} and order.expires_at is not None
    if silent and order.expires_at is not None and now > order.expires_at + ANSWER_GRACE:
        return NO_ANSWER[0], words(NO_ANSWER[1])
    state, word = STATES[order.state]
    return state, words(word)


def what(order: OrderRow, words: Words, *, place: bool = True) -> str:
    """Return what was ordered, in words; `place` also where."""
    if order.kind != COMMAND or order.name is None or order.value is None:
        return words("Config no. {n}", n=order.version)
    action, _, where = order.name.partition("-")
    if action not in ACTIONS:
        return f"{order.name}: {value_word(order.value, words)}"
    label = words(ACTIONS[action]) + (f" · {where}" if place and where else "")
    return f"{label}: {value_word(order.value, words)}"


def reason(order: OrderRow) -> str:
    """Return why an order went otherwise, empty when it went well."""
    return "" if order.state in {"done", "good"} else order.reason
