"""What every channel is to the sender: one message in, the provider's ids out, errors sorted by what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from alerts.delivery import ErrorKind
from alerts.limits import Limits
from core.errors import SendError
from store.outbox import Receipt, Reply


class ChannelError(SendError):
    """A provider did not take a message; `kind` says what can be done about it.

    Parameters
    ----------
    kind
        See `alerts.delivery.ErrorKind`.
    retry_after_s
        When the provider itself said so. [s]
    """

    def __init__(self, kind: ErrorKind, text: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One message as a channel gets it: free text, and its words for template providers."""

    message_id: str
    address: str
    text: str
    rule: str
    notice: str
    language: str = "zh"
    contact_name: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    priority: int = 4
    segments: int = 1
    drill: bool = False
    possible_repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """That the provider took the message, with its id of each part."""

    provider_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """What came in since the last look."""

    receipts: Sequence[Receipt] = ()
    replies: Sequence[Reply] = ()


class Channel(Protocol):
    """One way to reach people.

    `kinds` are the address kinds it serves. `repeat_safe` tells that a message sent again is not delivered again
    (idempotency key or query); without it a sender that is killed may repeat one message, which is marked so.
    """

    name: str
    kinds: frozenset[str]
    repeat_safe: bool
    limits: Limits

    async def send(self, message: Outgoing) -> Accepted:
        """Hand one message over; ChannelError says what can be done when that fails."""

    async def inbox(self) -> Inbox:
        """Return receipts and replies that came in, without waiting; they are forgotten once returned."""

    async def close(self) -> None:
        """Let go of the connection."""


def mask(address: str) -> str:
    """Return a phone number as logs and files may show it: 199****0001; other addresses as they are."""
    digits = address.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}" if digits.isdigit() and len(digits) == 11 else address
