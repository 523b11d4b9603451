"""What becomes of a message that a provider did not take: again, by another channel, or given up. Pure.

Error classes, not codes: each channel maps its provider's codes to one of them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ErrorKind(StrEnum):
    """Why a message was not taken, by what can be done.

    RETRY: a passing fault. THROTTLED: too fast. DOWN: the provider is away. UNKNOWN: it may have been taken.
    LIMIT: this provider takes no more for this number today. CONTENT: it will never take this text.
    NUMBER: nobody has this number. SETUP: our account or settings are wrong.
    """

    RETRY = "retry"
    THROTTLED = "throttled"
    DOWN = "down"
    UNKNOWN = "unknown"
    LIMIT = "limit"
    CONTENT = "content"
    NUMBER = "number"
    SETUP = "setup"


FINAL_FOR_CHANNEL = frozenset({ErrorKind.CONTENT, ErrorKind.SETUP})
"""Errors that will come again from the same channel: another one, if there is one, else the end."""

NOT_THE_MESSAGE = frozenset({ErrorKind.DOWN, ErrorKind.THROTTLED})
"""Errors that say nothing about the message: an outage of an hour must not give it up, only its own end may."""


@dataclass(frozen=True, kw_only=True)
class RetryRules:
    """Back-off per error class; values are ours.

    Parameters
    ----------
    first_s, longest_s
        Delay after the first failure, doubled with each, up to the longest. [s]
    unknown_wait_s
        How long a receipt may still prove that a message of unknown fate was taken. [s]
    limit_wait_s
        How long a number rests that a provider takes no more for, when no other channel is left. [s]
    max_attempts
        Then a message is given up; life safety goes on until it expires.
    """

    first_s: float = 2.0
    longest_s: float = 300.0
    unknown_wait_s: float = 60.0
    limit_wait_s: float = 3600.0
    max_attempts: int = 12


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What follows from a failure: `dead`, or again at `due_at`, without the channel `drop` if one is named."""

    dead: bool
    due_at: datetime | None = None
    drop: str | None = None
    possible_repeat: bool = False


def route(channels: Sequence[str], tried: Collection[str], away: Collection[str]) -> str | None:
    """Return the first channel in order of preference that was not refused and is not away; else the first not refused.

    None when every channel refused the message.
    """
    left = [name for name in channels if name not in tried]
    return next((name for name in left if name not in away), left[0] if left else None)


def after_failure(
    kind: ErrorKind,
    *,
    channel: str,
    others: bool,
    attempts: int,
    life_safety: bool,
    expires_at: datetime | None,
    at: datetime,
    rules: RetryRules,
    retry_after_s: float | None = None,
) -> Verdict:
    """Return what to do with a message after attempt number `attempts` failed on `channel`.

    `others` tells whether a channel is left that has not refused it.
    """
    if kind is ErrorKind.NUMBER:
        return Verdict(dead=True)
    if kind in FINAL_FOR_CHANNEL:
        return Verdict(dead=False, due_at=at, drop=channel) if others else Verdict(dead=True)
    if kind is ErrorKind.LIMIT and others:
        return Verdict(dead=False, due_at=at, drop=channel)
    if attempts >= rules.max_attempts and not life_safety and kind not in NOT_THE_MESSAGE:
        return Verdict(dead=True)
    due_at = at + timedelta(seconds=_delay_s(kind, attempts, others, rules, retry_after_s))
    if expires_at is not None and due_at >= expires_at:
        return Verdict(dead=True)
    return Verdict(dead=False, due_at=due_at, possible_repeat=kind is ErrorKind.UNKNOWN)


def _delay_s(kind: ErrorKind, attempts: int, others: bool, rules: RetryRules, retry_after_s: float | None) -> float:
    if kind is ErrorKind.UNKNOWN:
        return rules.unknown_wait_s
    if kind is ErrorKind.DOWN and others:
        return 0.0
    if retry_after_s is not None:
        return max(0.0, retry_after_s)
    if kind is ErrorKind.LIMIT:
        return rules.limit_wait_s
    return min(rules.longest_s, rules.first_s * 2.0 ** (min(attempts, 30) - 1))
