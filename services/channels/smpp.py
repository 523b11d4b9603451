"""SMPP 3.4: the protocol of SMS centres, over the smpp34 library; long texts concatenated by user data header.

Chinese goes as UCS-2 (data_coding 8), the rest in the SMSC's default alphabet (0), one septet an octet. A message is
accepted when the SMSC has given an id for every part. SMPP has no idempotency key: a submit that was never answered may
have been taken, and says so (`ErrorKind.UNKNOWN`).
"""

import asyncio
import logging
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import smpp34

from alerts import gsm7
from alerts.delivery import ErrorKind
from alerts.limits import Limits
from alerts.segments import is_gsm7, split
from services.channels.base import Accepted, ChannelError, Inbox, Outgoing
from services.channels.secrets import read_secret
from store.outbox import Receipt, Reply

log = logging.getLogger(__name__)
_UCS2, _DEFAULT, _LATIN1 = 8, 0, 3
_UDH, _RECEIPT_MASK, _RECEIPT = 0x40, 0x3C, 0x04
_STATUS = {
    0x58: ErrorKind.THROTTLED,
    0x14: ErrorKind.THROTTLED,
    0x0B: ErrorKind.NUMBER,
    0x01: ErrorKind.CONTENT,
    0x0A: ErrorKind.SETUP,
}
"""command_status, SMPP 3.4 table 5-2 (throttled, queue full, bad destination, length, source); others pass."""
_RECEIPTED_ID, _MESSAGE_STATE = 0x001E, 0x0427
"""Tags of SMPP 3.4 table 5-7."""
_STATE = {
    1: "accepted",
    2: "delivered",
    3: "expired",
    4: "failed",
    5: "failed",
    6: "accepted",
    7: "unknown",
    8: "failed",
}
"""message_state, SMPP 3.4 table 5-6."""
_WORD = {
    "DELIVRD": "delivered", "EXPIRED": "expired", "DELETED": "failed", "UNDELIV": "failed", "REJECTD": "failed",
    "ACCEPTD": "accepted", "ENROUTE": "accepted", "UNKNOWN": "unknown",
}  # fmt: skip
"""Final states in a receipt's text, SMPP 3.4 appendix B."""
_TEXT = re.compile(rb"id:(\S+).*?stat:(\w{7}).*?(?:err:(\w*))?(?: text:|$)", re.IGNORECASE | re.DOTALL)
THROTTLE_TRIES = 6


@dataclass(frozen=True, kw_only=True)
class SmppSettings:
    """``[sms.options.smpp]``: one account at one SMS centre.

    Parameters
    ----------
    password_env, password_file
        Where the password is; it never stands here.
    source_addr
        The number or service code that phones show and people answer to.
    window
        Submits that may be unanswered at once, as agreed with the provider.
    connect_limit_s
        How long a bind may take. [s]
    limits
        Rates agreed with the provider.
    """

    host: str
    port: int
    system_id: str
    source_addr: str = ""
    password_env: str = "HUANGYU_SMPP_PASSWORD"  # noqa: S105 - the name of a variable
    password_file: Path | None = None
    tls: bool = False
    system_type: str = ""
    source_ton: int = 0
    source_npi: int = 1
    dest_ton: int = 0
    dest_npi: int = 1
    window: int = 64
    connect_limit_s: float = 5.0
    limits: Limits = field(default_factory=Limits)


class SmppChannel:
    """One bound transceiver session; bound when first needed and again after a loss."""

    kinds = frozenset({"sms"})
    repeat_safe = False

    def __init__(self, name: str, settings: SmppSettings) -> None:
        self.name = name
        self.limits = settings.limits
        self._settings = settings
        self._password = read_secret(settings.password_env, settings.password_file, f"sms.options.{name}")
        self._session: Any = None
        self._binding = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None
        self._receipts: deque[Receipt] = deque()
        self._replies: deque[Reply] = deque()
        self._reference = count(int(datetime.now(UTC).timestamp()) % 256)

    async def send(self, message: Outgoing) -> Accepted:
        """Submit every part; ids in the order of the parts."""
        session = await self._bound()
        reference, parts = next(self._reference) % 256, split(message.text)
        ids = []
        for number, part in enumerate(parts, start=1):
            header = bytes((5, 0, 3, reference, len(parts), number)) if len(parts) > 1 else b""
            ids.append(await self._submit(session, message.address, part, header, is_gsm7(message.text)))
        return Accepted(provider_ids=tuple(ids))

    async def inbox(self) -> Inbox:
        """Return what the SMSC delivered; binds first, so that replies come in while nothing is sent."""
        if self._session is None and not self._binding.locked():
            try:
                await self._bound()
            except ChannelError as exc:
                log.info("not bound", extra={"channel": self.name, "reason": str(exc)})
        receipts = [self._receipts.popleft() for _ in range(len(self._receipts))]
        replies = [self._replies.popleft() for _ in range(len(self._replies))]
        return Inbox(receipts=receipts, replies=replies)

    async def close(self) -> None:
        """Unbind."""
        if self._reader is not None:
            self._reader.cancel()
        if self._session is not None:
            session, self._session = self._session, None
            try:
                await asyncio.wait_for(session.unbind(), 2.0)
            except (smpp34.SmppError, TimeoutError) as exc:
                log.info("unbind was not answered", extra={"channel": self.name, "reason": str(exc)})

    async def _bound(self) -> Any:
        async with self._binding:
            if self._session is None:
                self._session = await self._bind()
                self._reader = asyncio.create_task(self._read(self._session))
            return self._session

    async def _bind(self) -> Any:
        s = self._settings
        client = smpp34.Client(
            s.host, s.port, s.system_id, self._password, bind_type="TRX", system_type=s.system_type, tls=s.tls,
            window_size=s.window, connect_timeout_ms=int(s.connect_limit_s * 1000),
        )  # fmt: skip
        try:
            return await asyncio.wait_for(client.connect(), s.connect_limit_s + 1)
        except (smpp34.SmppError, TimeoutError, OSError) as exc:
            raise ChannelError(ErrorKind.DOWN, f"{s.host}:{s.port}: cannot bind as {s.system_id} ({exc})") from exc

    async def _submit(self, session: Any, address: str, part: str, header: bytes, septets: bool) -> str:
        s = self._settings
        octets = gsm7.encode(part) if septets else part.encode("utf-16-be")
        for attempt in range(1, THROTTLE_TRIES + 1):
            try:
                answer = await session.submit_sm(
                    address, header + octets, source_addr=s.source_addr, source_addr_ton=s.source_ton,
                    source_addr_npi=s.source_npi, dest_addr_ton=s.dest_ton, dest_addr_npi=s.dest_npi,
                    esm_class=_UDH if header else 0, data_coding=_DEFAULT if septets else _UCS2, registered_delivery=1,
                )  # fmt: skip
            except smpp34.SmppError as exc:
                self._lose(session)
                raise ChannelError(ErrorKind.UNKNOWN, f"{self.name}: no answer to a submit ({exc})") from exc
            if answer.is_success and answer.message_id:
                return str(answer.message_id)
            kind = _STATUS.get(answer.command_status, ErrorKind.RETRY)
            if kind is not ErrorKind.THROTTLED or attempt == THROTTLE_TRIES:
                raise ChannelError(kind, f"{self.name}: refused with status {answer.command_status:#010x}")
            await asyncio.sleep(0.05 * 2.0**attempt)
        raise AssertionError("unreachable")

    async def _read(self, session: Any) -> None:
        while True:
            try:
                event = await session.next()
            except smpp34.SmppError as exc:
                log.info("session ended", extra={"channel": self.name, "reason": str(exc)})
                break
            if isinstance(event, smpp34.Disconnected):
                break
            try:
                self._take(event)
            except Exception:  # whatever a phone sent, the next one must be heard
                log.exception("incoming message not understood", extra={"channel": self.name})
        self._lose(session)

    def _take(self, event: Any) -> None:
        at = datetime.now(UTC)
        if event.esm_class & _RECEIPT_MASK == _RECEIPT:
            receipt = read_receipt(self.name, event.short_message, event.tlvs, at)
            if receipt is None:
                log.warning("receipt not understood", extra={"channel": self.name, "octets": len(event.short_message)})
            else:
                self._receipts.append(receipt)
            return
        text = read_text(event.short_message, event.data_coding, bool(event.esm_class & _UDH))
        dedup = f"{self.name}|{event.source_addr}|{at:%Y%m%d%H%M}|{text}"
        self._replies.append(
            Reply(
                provider=self.name, address=event.source_addr, text=text, received_at=at, meaning="words", dedup=dedup
            )
        )

    def _lose(self, session: Any) -> None:
        if self._session is session:
            self._session = None


def read_receipt(provider: str, text: bytes, tlvs: list[Any], at: datetime) -> Receipt | None:
    """Return a receipt by its TLVs (receipted_message_id, message_state), else by its text, else None."""
    tagged = {tlv.tag: tlv for tlv in tlvs}
    match = _TEXT.search(text)
    named, state = tagged.get(_RECEIPTED_ID), tagged.get(_MESSAGE_STATE)
    provider_id = (named.value.rstrip(b"\0") if named else match[1] if match else b"").decode("latin-1")
    word = match[2].decode("latin-1").upper() if match else ""
    status = _STATE.get(state.as_int() or 0) if state else _WORD.get(word)
    if not provider_id or status is None:
        return None
    error = (match[3] or b"").decode("latin-1") if match else ""
    raw = {"text": text.decode("latin-1")}
    return Receipt(
        provider=provider, provider_id=provider_id, status=status, at=at, received_at=at,
        error="" if error.strip("0") == "" else error, raw=raw,
    )  # fmt: skip


def read_text(octets: bytes, data_coding: int, has_header: bool) -> str:
    """Return the text of an incoming message; what cannot be decoded shows as replacement characters."""
    if has_header and octets:
        octets = octets[1 + octets[0] :]
    if data_coding == _UCS2:
        return octets.decode("utf-16-be", errors="replace")
    if data_coding == _LATIN1:
        return octets.decode("latin-1")
    return gsm7.decode(octets)
