"""The hash chain of the audit log: a step that was changed, taken out or put in between is seen.

Each event's hash covers its own fields and the hash before it. The first event of an alert is chained to the head of
the *spine*, the hash of the first event of the alert raised before it, so that a whole alert cannot be taken out
either.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from alerts.model import Event

GENESIS = "0" * 64
"""What the very first event is chained to."""


@dataclass(frozen=True, kw_only=True)
class ChainProblem:
    """One break of the chain: which event, and what is wrong with it."""

    alert_id: str
    seq: int
    text: str


def digest(event: Event) -> str:
    """Return the SHA-256 of an event's canonical JSON (sorted keys, UTC microseconds), its own hash left out."""
    fields = [
        event.alert_id,
        event.seq,
        _instant(event.at),
        event.actor,
        event.actor_name,
        str(event.step),
        str(event.from_handling),
        str(event.to_handling),
        event.note,
        event.detail,
        event.prev_hash,
    ]
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def seal(events: Iterable[Event], head: str) -> tuple[Event, ...]:
    """Return the events chained one to the next, the first one to `head`."""
    sealed = []
    for event in events:
        chained = replace(event, prev_hash=head)
        sealed.append(replace(chained, hash=digest(chained)))
        head = sealed[-1].hash
    return tuple(sealed)


def check(events: Sequence[Event], spine_before: str | None, version: int | None = None) -> list[ChainProblem]:
    """Return every break in one alert's events, in order of `seq`.

    `spine_before` is what the first event must be chained to (None: not checked); `version` is the number of events
    the alert itself says it has had.
    """
    problems, head = [], spine_before
    for index, event in enumerate(events, start=1):
        problems += [
            ChainProblem(alert_id=event.alert_id, seq=event.seq, text=text) for text in _faults(event, index, head)
        ]
        head = event.hash
    if version is not None and version != len(events):
        alert_id = events[0].alert_id if events else ""
        text = f"{version} steps were taken, {len(events)} are kept"
        problems.append(ChainProblem(alert_id=alert_id, seq=len(events) + 1, text=text))
    return problems


def _faults(event: Event, index: int, head: str | None) -> list[str]:
    faults = []
    if event.seq != index:
        faults.append(f"expected step {index}, found {event.seq}")
    if head is not None and event.prev_hash != head:
        faults.append("not chained to the step before it")
    if event.hash != digest(event):
        faults.append("its contents do not match its hash")
    return faults


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
