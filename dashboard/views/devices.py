"""Gateways and what hangs on them, as a technician reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.i18n import Words, mark
from dashboard.look import State
from dashboard.times import ago
from store.reader_desk import GatewayRow, QuarantineRow

OLD_S = 180
CLOCKS = {0: mark("clock not set"), 1: mark("clock right"), 2: mark("clock was stepped")}
GATEWAY_STATES = {"online": mark("online"), "offline": mark("offline"), "unknown": mark("not heard yet")}
SERVICE_WORDS = {
    "ingest": mark("Storing of data"),
    "watch": mark("Judging"),
    "distress": mark("Distress watch"),
    "forecast": mark("Forecasting"),
    "sms": mark("Messages"),
    "dashboard": mark("Dashboard"),
}
CONFIG_STATES = {
    "trial": mark("on trial"),
    "good": mark("in force"),
    "refused": mark("refused"),
    "rolled_back": mark("rolled back"),
}
KIND_WORDS = {
    "gateway": mark("Gateway"),
    "unit": mark("Instrument"),
    "receiver": mark("Receiver"),
    "config": mark("Config"),
    "platform": mark("Platform"),
}
DETAIL_WORDS = {
    "version": mark("version"),
    "uptime_s": mark("up (s)"),
    "spool_rows": mark("in the spool"),
    "reason": mark("reason"),
    "state": mark("state"),
    "messages_1min": mark("messages a minute"),
    "targets": mark("targets"),
    "max_range_nm": mark("reach (nm)"),
    "bad_checksum": mark("bad checksums"),
    "silent_s": mark("silent (s)"),
    "polls": mark("polls"),
    "errors": mark("errors"),
    "timeouts": mark("time-outs"),
    "latency_ms": mark("answer (ms)"),
}
SERVICE_STATES = {
    "running": mark("running"),
    "degraded": mark("degraded"),
    "waiting": mark("waiting"),
    "stopped": mark("stopped"),
}


@dataclass(frozen=True, kw_only=True)
class GatewayCard:
    """A gateway's card."""

    name: str
    state: State
    word: str
    facts: tuple[tuple[str, str], ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """A unit, receiver or other part that the gateway reports on."""

    kind: str
    name: str
    state: State
    word: str
    detail: str
    age: str


def card(gateway: GatewayRow, *, now: datetime, words: Words) -> GatewayCard:
    """Return the card of a gateway."""
    state = _state(gateway, now)
    told = {**(gateway.status or {}), **gateway.health.get("gateway", {})}
    facts = (
        (words("In the spool"), _pick(told, "rows", "spool_rows", "records", "depth")),
        (words("Lost, 7 days"), str(gateway.lost_7d)),
        (words("Version"), _pick(told, "version", "versions")),
        (words("Config"), _config(gateway, words)),
    )
    clock = words(CLOCKS.get(gateway.clock if gateway.clock is not None else -1, mark("clock unknown")))
    heard = ago(gateway.last_batch_at, now=now, words=words)
    return GatewayCard(
        name=gateway.name_zh,
        state=state,
        word=words(_late_word(gateway, now)),
        facts=facts,
        note=words("last data {ago} · {clock}", ago=heard, clock=clock),
    )


def _state(gateway: GatewayRow, now: datetime) -> State:
    if gateway.state == "offline":
        return State.ORANGE
    if gateway.last_batch_at is None or gateway.state == "unknown":
        return State.UNKNOWN
    if (now - gateway.last_batch_at).total_seconds() > OLD_S or gateway.lost_7d:
        return State.YELLOW
    return State.GOOD if gateway.clock != 0 else State.YELLOW


def _late_word(gateway: GatewayRow, now: datetime) -> str:
    """Return the state's word; a gateway that is online and sends nothing new says so."""
    sent_at = gateway.last_batch_at
    if gateway.state == "online" and sent_at is not None and (now - sent_at).total_seconds() > OLD_S:
        return mark("online, data late")
    return GATEWAY_STATES[gateway.state]


def _config(gateway: GatewayRow, words: Words) -> str:
    """Return the config in force, and how the newest roll-out went when there was one."""
    number = (gateway.status or {}).get("config_version")
    name = words("local file") if number in {None, 0} else words("no. {n}", n=number)
    rolled = gateway.health.get("config", {}).get("state")
    return f"{name} · {words(CONFIG_STATES[rolled])}" if rolled in CONFIG_STATES else name


def _pick(told: Mapping[str, Any], *names: str) -> str:
    """Return the first of the names found in the report, at any depth of one."""
    for name in names:
        if name in told and not isinstance(told[name], dict | list):
            return str(told[name])
        for inner in told.values():
            if isinstance(inner, dict) and name in inner and not isinstance(inner[name], dict | list):
                return str(inner[name])
    return "–"


def parts(gateway: GatewayRow, *, now: datetime, words: Words) -> list[Part]:
    """Return the gateway's units and receivers with their state."""
    found = []
    for key, detail in sorted(gateway.health.items()):
        kind, _, name = key.partition(":")
        at = _instant(detail.get("observed_at"))
        bad = any(detail.get(flag) not in {None, False, "", "ok"} for flag in ("error", "failing", "open", "errors"))
        old = at is None or (now - at).total_seconds() > 10 * OLD_S
        state, word = (
            (State.UNKNOWN, mark("Old"))
            if old
            else (State.YELLOW, mark("Look at it"))
            if bad
            else (State.GOOD, mark("Well"))
        )
        shown = words(", ").join(
            f"{words(DETAIL_WORDS[k])} {v}" for k, v in detail.items() if k in DETAIL_WORDS and v not in {None, ""}
        )
        found.append(
            Part(
                kind=words(KIND_WORDS.get(kind, kind)),
                name=name,
                state=state,
                word=words(word),
                detail=shown[:160],
                age=ago(at, now=now, words=words),
            )
        )
    return found


def _instant(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


@dataclass(frozen=True, kw_only=True)
class Pile:
    """Quarantined pieces of one gateway that were refused for the same reason."""

    n: int
    newest: QuarantineRow


def piles(rows: Sequence[QuarantineRow]) -> list[Pile]:
    """Return the quarantine by gateway, topic and reason, the newest pile first; numbers in a reason do not part it."""
    found: dict[tuple[str | None, str, str], list[QuarantineRow]] = {}
    for row in rows:
        reason = "".join("#" if c.isdigit() else c for c in row.reason)
        found.setdefault((row.gateway_id, row.topic, reason), []).append(row)
    made = [Pile(n=len(same), newest=max(same, key=lambda r: r.received_at)) for same in found.values()]
    return sorted(made, key=lambda pile: pile.newest.received_at, reverse=True)


SILENT_S = 120.0
"""A receiver that hears nothing for two minutes on this coast is deaf: ferries report every ten seconds."""


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """How well one receiver hears, ready for a table."""

    name: str
    state: State
    word: str
    per_minute: str
    targets: str
    range_nm: str
    age: str


def receivers(gateways: Sequence[GatewayRow], *, now: datetime, words: Words) -> list[Receiver]:
    """Return the receivers of these gateways with their newest report."""
    return [
        _receiver(key.partition(":")[2], told, now, words)
        for gateway in gateways
        for key, told in sorted(gateway.health.items())
        if key.startswith("receiver:")
    ]


def _receiver(name: str, told: Mapping[str, Any], now: datetime, words: Words) -> Receiver:
    at = _instant(told.get("observed_at"))
    silent_s = told.get("silent_s")
    if at is None or (now - at).total_seconds() > OLD_S:
        state, word = State.UNKNOWN, mark("Old")
    elif not told.get("connected"):
        state, word = State.ORANGE, mark("not connected")
    elif not isinstance(silent_s, int | float) or silent_s > SILENT_S:
        state, word = State.ORANGE, mark("hears nothing")
    else:
        state, word = State.GOOD, mark("hears")
    return Receiver(
        name=name,
        state=state,
        word=words(word),
        per_minute=_figure(told.get("messages_1min")),
        targets=_figure(told.get("targets")),
        range_nm=_figure(told.get("max_range_nm")),
        age=ago(at, now=now, words=words),
    )


def _figure(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else "–"
