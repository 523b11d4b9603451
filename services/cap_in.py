"""Official warnings in: from files, a watched folder and polled addresses; relayed to everyone inside their areas.

A message is kept before anything else, told once, and what it updates or cancels is put out of force. What cannot be
read stays where it is with a sentence in the log; a bad message never stops the next one.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from alerts.campaign import Recipient, distinct
from alerts.cap import CapInfo, CapMessage, has_shape, inside
from alerts.directory import LOCAL
from alerts.wording import Wording
from core.errors import AppError, DecodeError
from core.finding import Severity
from services import campaigns, cap_xml
from store.errors import StoreUnavailableError
from store.official import OfficialRow

log = logging.getLogger(__name__)
ATOM = "{http://www.w3.org/2005/Atom}"
HEARD_WITHIN = timedelta(hours=24)
"""A boat's last place counts that long; a boat not heard since is told of grave warnings wherever it may be."""
MOST_ENTRIES = 200
FETCH_LIMIT_S = 20.0
"""A whole answer takes no longer, however slowly it drips. [s]"""


@dataclass(frozen=True, kw_only=True)
class CapSettings:
    """``[sms.options.cap]``: where official warnings come from.

    Parameters
    ----------
    folder
        Every ``*.xml`` and ``*.cap`` in it is read once.
    url
        Addresses of a CAP message or of an Atom feed of them.
    period_s
        How often they are looked at. [s]
    district_id
        Whose people are told.
    """

    folder: Path | None = None
    url: tuple[str, ...] = ()
    period_s: float = 60.0
    district_id: str = "dongtou"


class CapInbox:
    """Reads warnings and relays them; remembers which files and links it has read."""

    def __init__(
        self, store: Any, wording: Wording, settings: CapSettings, client: httpx.AsyncClient | None = None
    ) -> None:
        self._store, self._wording, self._settings = store, wording, settings
        self._client = client or httpx.AsyncClient(timeout=10.0, follow_redirects=False)
        self._seen: set[str] = set()

    async def once(self, at: datetime) -> dict[str, int]:
        """Read what is new and tell those it concerns; return counts."""
        taken = await self._folder(at) + await self._addresses(at)
        return {"taken": taken, "relayed": await self.relay(at)}

    async def take(self, octets: bytes, source: str, at: datetime) -> bool:
        """Keep one message; False when it was there already. DecodeError says what is wrong with it."""
        message = cap_xml.read(octets)
        return bool(await self._store.official.take(message, cap_xml.text_of(octets), source, at))

    async def relay(self, at: datetime) -> int:
        """Tell everyone inside of what has not been told; return how many messages were relayed."""
        rows = await self._store.official.to_relay(at)
        for row in rows:
            await self._relay_one(row, at)
        return len(rows)

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _folder(self, at: datetime) -> int:
        folder, taken = self._settings.folder, 0
        if folder is None or not folder.is_dir():
            return 0
        for path in sorted((*folder.glob("*.xml"), *folder.glob("*.cap"))):
            try:
                stamp = f"{path}@{path.stat().st_mtime_ns}"
                if stamp in self._seen:
                    continue
                with path.open("rb") as file:
                    octets = file.read(cap_xml.LONGEST + 1)
            except OSError as exc:
                log.warning("warning not read", extra={"source": path.name, "reason": str(exc)})
                continue
            kept = await self._try(octets, str(path.name), at)
            if kept is not None:
                self._seen.add(stamp)
                taken += kept
        return taken

    async def _addresses(self, at: datetime) -> int:
        taken = 0
        for url in self._settings.url:
            octets = await self._get(url)
            if octets is None:
                continue
            links = _links(octets, url)
            if links is None:
                taken += await self._try(octets, url, at) or 0
                continue
            for link in [one for one in links if one not in self._seen][:MOST_ENTRIES]:
                body = await self._get(link)
                kept = None if body is None else await self._try(body, link, at)
                if kept is not None:
                    self._seen.add(link)
                    taken += kept
        return taken

    async def _get(self, url: str) -> bytes | None:
        try:
            async with asyncio.timeout(FETCH_LIMIT_S), self._client.stream("GET", url) as answer:
                answer.raise_for_status()
                octets = b""
                async for chunk in answer.aiter_bytes():
                    octets += chunk
                    if len(octets) > cap_xml.LONGEST:
                        log.warning("warning too large", extra={"url": url})
                        return None
                return octets
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as exc:
            log.warning("warnings not fetched", extra={"url": url, "reason": str(exc)})
            return None

    async def _try(self, octets: bytes, source: str, at: datetime) -> int | None:
        """Return how many messages were kept; None when the database is away: the next look reads it again."""
        try:
            return int(await self.take(octets, source, at))
        except StoreUnavailableError as exc:
            log.warning("warning not kept yet", extra={"source": source, "reason": str(exc)})
            return None
        except DecodeError as exc:
            log.warning("warning refused", extra={"source": source, "reason": str(exc)})
            return 0

    async def _relay_one(self, row: OfficialRow, at: datetime) -> None:
        try:
            message = cap_xml.read(row.xml.encode())
        except DecodeError as exc:
            log.warning("warning not relayed", extra={"identifier": row.identifier, "reason": str(exc)})
            await self._store.official.relayed(row, at)
            return
        people = await self._people(message, at)
        if people:
            drill = message.status == "Exercise"
            zh, en = _text(message, "zh"), _text(message, "en")
            try:
                await campaigns.begin(
                    self._store,
                    self._wording,
                    name_zh=f"{row.event} {row.identifier}",
                    district_id=self._settings.district_id,
                    severity=Severity(row.severity),
                    text_zh=zh,
                    text_en=en,
                    by=row.sender,
                    at=row.sent_at,
                    kind="notice",
                    drill=drill,
                    recipients=people,
                    cap_identifier=row.identifier,
                )
            except StoreUnavailableError as exc:  # marked now, nobody would ever be told: the next look tells them
                log.warning("warning not relayed yet", extra={"identifier": row.identifier, "reason": str(exc)})
                return
            except AppError as exc:
                log.warning("warning not relayed", extra={"identifier": row.identifier, "reason": str(exc)})
        await self._store.official.relayed(row, at)

    async def _people(self, message: CapMessage, at: datetime) -> Sequence[Recipient]:
        district = self._settings.district_id
        everyone = distinct(await self._store.campaigns.people(district))
        if message.msg_type == "Cancel":
            told = await self._store.official.told_before([one.identifier for one in message.references])
            return [person for person in everyone if person.recipient_id in told]
        if not has_shape(message):
            return everyone
        farms = await self._store.official.farm_places(district)
        boats = await self._store.official.boat_places(at - HEARD_WITHIN)
        return [person for person in everyone if _concerned(person, message, farms, boats)]


def _concerned(person: Recipient, message: CapMessage, farms: dict[str, Any], boats: dict[str, Any]) -> bool:
    place = farms.get(person.farm_id or "") or boats.get(str(person.mmsi))
    if place is None:
        return message.severity >= Severity.ORANGE
    return inside(message, place)


def _text(message: CapMessage, language: str) -> str:
    """Return the text of a relay: who warns of what, until when, what to do; in the info's own words."""
    info = _info(message.infos, language)
    if info is None:
        return f"{message.sender} {message.msg_type}"
    who = info.sender_name or message.sender
    if message.msg_type == "Cancel":
        text = f"{who}：{info.event}预警已解除" if language == "zh" else f"{who}: {info.event} is over."
        return text.replace("{", "").replace("}", "")
    until = info.expires_at.astimezone(LOCAL).strftime("%m-%d %H:%M") if info.expires_at else ""
    what, do = info.headline or info.event, info.instruction or info.description
    if language == "zh":
        text = f"{who}：{what}。{do}{'至' + until if until else ''}"
    else:
        text = f"{who}: {what}. {do}{' Until ' + until if until else ''}"
    # Braces of a stranger's text are no fields of ours.
    return text.replace("{", "").replace("}", "")[:400]


def _info(infos: Iterable[CapInfo], language: str) -> CapInfo | None:
    rows = list(infos)
    return next((one for one in rows if one.language.lower().startswith(language)), rows[0] if rows else None)


def _links(octets: bytes, base: str) -> list[str] | None:
    """Return the links of an Atom feed, None when it is something else; only http and https, no file."""
    try:
        root = cap_xml.parse_safely(octets)
    except DecodeError:
        return None
    if root.tag != f"{ATOM}feed":
        return None
    found = [_joined(base, link.get("href", "")) for link in root.iterfind(f"{ATOM}entry/{ATOM}link")]
    return list(dict.fromkeys(link for link in found if link))


def _joined(base: str, href: str) -> str:
    try:
        link = urljoin(base, href)
        return link if urlsplit(link).scheme in ("http", "https") else ""
    except ValueError:  # brackets that are no address
        return ""
