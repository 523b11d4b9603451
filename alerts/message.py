"""One message to one person, as it goes into the outbox with the alert's step, in one transaction."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from alerts.directory import ChannelKind
from alerts.model import ALERT_NAMESPACE

DISTRESS_PRIORITY = 0
"""Sent before everything else; red is 1, orange 2, yellow 3, blue 4."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A text for one address.

    Parameters
    ----------
    steps
        The (alert id, event number) pairs it tells of; several when grouped.
    notice
        What it tells of (raised, worsened, escalated, cleared …), for the provider's template map.
    text
        What is sent where free text is allowed, signature included.
    fields
        The words of the text one by one, for providers that send only approved templates.
    priority
        0 first.
    due_at, expires_at
        Not before, and not after: a stale warning is not sent.
    group_key
        Messages still waiting with the same key, contact and address become one.
    """

    message_id: str
    contact_id: str
    contact_name: str
    kind: ChannelKind
    address: str
    text: str
    rule: str
    notice: str
    due_at: datetime
    priority: int
    language: str = "zh"
    steps: tuple[tuple[str, int], ...] = ()
    campaign_id: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    group_key: str = ""
    segments: int = 1
    drill: bool = False
    life_safety: bool = False
    farm_id: str | None = None
    district_id: str | None = None


def message_id_of(what: Iterable[object], contact_id: str, address: str) -> str:
    """Return the id of the one message that tells a contact of these steps at this address.

    The same step and contact always give the same id, and the outbox has it as its key: nobody is queued twice.
    """
    steps = "+".join(sorted(str(item) for item in what))
    return str(uuid.uuid5(ALERT_NAMESPACE, f"{steps}|{contact_id}|{address}"))
