"""Commands from shore: allowed by the gateway's own file, not expired, never twice, read back, answered, audited.

A command is noted durably before it is carried out. If the process dies in between, its answer is "unknown": it is not
carried out again.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

from core.errors import DecodeError
from gateway.config import CommandSection, GatewayConfig

MAX_COMMAND_BYTES = 4096
MOST_VALUE = 65_535
MOST_WORD = 200
"""Longest name of a command or of who asks. [character]"""
CLOCK_LEEWAY_S = 5.0
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class Command:
    """What the shore asks: `name` of an allowed action, its value, who asks, and when it is too late."""

    id: str
    name: str
    value: int
    by: str
    issued_at_s: float
    expires_at_s: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How a command ended: done, failed, unknown, refused or expired; `reason` in words."""

    command: Command
    state: str
    reason: str
    at_s: float

    def payload(self) -> bytes:
        """Return the answer as published on the result topic."""
        return json.dumps(self.record(), separators=(",", ":"), ensure_ascii=False).encode()

    def record(self) -> dict[str, object]:
        """Return the answer as audited in the health stream."""
        c = self.command
        return {
            "id": c.id, "name": c.name, "value": c.value, "by": c.by, "state": self.state, "reason": self.reason,
            "at": round(self.at_s, 3),
        }  # fmt: skip


def parse(command_id: str, payload: bytes) -> Command:
    """Return the command of a message ``{"command","value","by","issued_at","expires_at"}`` (Unix seconds).

    Raises
    ------
    DecodeError
        When a field is missing or of the wrong kind.
    """
    if not is_id(command_id):
        raise DecodeError(f"command id {command_id!r} needs letters, digits and hyphens, at most 64.")
    if len(payload) > MAX_COMMAND_BYTES:
        raise DecodeError("the command message is too long.")
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError) as exc:
        raise DecodeError(f"the command is not JSON ({exc}).") from exc
    if not isinstance(told, dict):
        raise DecodeError("the command is not a JSON object.")
    name, value, by = told.get("command"), told.get("value"), told.get("by")
    issued_at_s, expires_at_s = _seconds(told.get("issued_at")), _seconds(told.get("expires_at"))
    if not _is_word(name) or not _is_word(by) or type(value) is not int or not 0 <= value <= MOST_VALUE:
        raise DecodeError(f"the command needs command and by (short text) and value (whole number to {MOST_VALUE}).")
    if issued_at_s is None or expires_at_s is None:
        raise DecodeError("the command needs issued_at and expires_at (Unix seconds).")
    return Command(id=command_id, name=name, value=value, by=by, issued_at_s=issued_at_s, expires_at_s=expires_at_s)


def is_id(raw: str) -> bool:
    """Return whether a text can name a command."""
    return _ID.fullmatch(raw) is not None


def _is_word(raw: object) -> TypeGuard[str]:
    """Return whether a text can be written down everywhere: no control characters, no lone surrogates."""
    return isinstance(raw, str) and 0 < len(raw) <= MOST_WORD and raw.isprintable()


def _seconds(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    try:
        seconds = float(raw)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


def offered(config: GatewayConfig) -> list[dict[str, object]]:
    """Return what the shore may ask of this gateway, as told in its status: name, values, cage, oldest age in s."""
    cages = {unit.name: unit.cage for unit in config.unit}
    return [
        {"name": row.name, "values": list(row.values), "cage": cages.get(row.unit, ""), "max_age_s": row.max_age_s}
        for row in config.command
    ]


def valid_until_s(command: Command, rule: CommandSection) -> float:
    """Return the Unix time after which a command must not be carried out: its own, or the gateway's if sooner. [s]"""
    return min(command.expires_at_s, command.issued_at_s + rule.max_age_s)


def refusal(
    command: Command,
    allowed: Sequence[CommandSection],
    *,
    now_s: float,
    clock_known: bool,
    last_s: float | None,
) -> tuple[str, str] | None:
    """Return (state, reason) when a command must not be carried out, None when it may.

    Parameters
    ----------
    last_s
        When this action was last carried out, None for never. [s]
    """
    rule = next((row for row in allowed if row.name == command.name), None)
    if rule is None:
        return "refused", f"{command.name!r} is not in this gateway's list of commands"
    if command.value not in rule.values:
        return "refused", f"value {command.value} is not one of {', '.join(map(str, rule.values))}"
    if not clock_known:
        return "refused", "the gateway's clock is not set, so the expiry cannot be judged"
    if now_s > valid_until_s(command, rule):
        return "expired", "it came too late"
    if command.issued_at_s > now_s + CLOCK_LEEWAY_S:
        return "refused", "it was issued in the future: one of the clocks is wrong"
    if last_s is not None and now_s - last_s < rule.min_interval_s:
        return "refused", f"the last one was less than {rule.min_interval_s:g} s ago"
    return None
