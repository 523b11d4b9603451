"""Our alerts as a CAP 1.2 feed: an Atom document of links and one XML message for each alert."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerts.cap import CapMessage, Sender, current
from alerts.model import Alert
from alerts.policy import Policies
from services import cap_xml

ATOM = "http://www.w3.org/2005/Atom"
NEWEST = 100
"""Alerts in the feed."""
FRESH = timedelta(seconds=10)
"""How long a feed once made is given again: many readers ask every minute, alerts change every few. [s]"""
KEPT = 8
"""Feeds kept: for everybody and for officers, by the few names that a server is called by."""
Allowed = Callable[[Request], Awaitable[bool]]


async def messages(
    store: Any, policies: Policies, sender: Sender, *, public_only: bool
) -> list[tuple[Alert, CapMessage]]:
    """Return the newest alerts, each with its message now; only those for everybody when `public_only`."""
    found = []
    for alert in await store.alerts.queue(limit=NEWEST):
        policy = policies.of(alert.rule)
        if policy.public or not public_only:
            message = current(alert, await store.alerts.events(alert.alert_id), policy, sender)
            if message is not None:
                found.append((alert, message))
    return found


def feed(rows: Sequence[tuple[Alert, CapMessage]], base_url: str, title: str, at: datetime) -> bytes:
    """Return the Atom feed; each entry links to ``{base_url}/cap/{identifier}.xml``."""
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM, "cap": cap_xml.NAMESPACE})
    _add(root, "id", f"{base_url}/cap/feed.atom")
    _add(root, "title", title)
    _add(root, "updated", max((m.sent_at for _, m in rows), default=at).isoformat())
    _add(_add(root, "author", ""), "name", title)
    etree.SubElement(root, f"{{{ATOM}}}link", rel="self", href=f"{base_url}/cap/feed.atom")
    for _, message in rows:
        entry = _add(root, "entry", "")
        _add(entry, "id", f"urn:huangyu:{message.identifier}")
        _add(entry, "title", message.infos[0].headline)
        _add(entry, "updated", message.sent_at.isoformat())
        _add(entry, "summary", message.infos[0].description)
        link = f"{base_url}/cap/{message.identifier}.xml"
        etree.SubElement(entry, f"{{{ATOM}}}link", type="application/cap+xml", href=link)
        for name, value in (("event", message.infos[0].event), ("severity", message.infos[0].severity),
                            ("msgType", message.msg_type), ("status", message.status)):  # fmt: skip
            etree.SubElement(entry, f"{{{cap_xml.NAMESPACE}}}{name}").text = value
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def routes(
    open_store: Callable[[], Awaitable[Any]],
    policies: Policies,
    sender: Sender,
    allowed: Allowed,
    now: Callable[[], datetime],
) -> list[Route]:
    """Return the routes to mount.

    Parameters
    ----------
    open_store
        Gives an open store.
    allowed
        Whether the caller may also see what is Restricted; everybody gets what is Public.
    """

    kept: dict[tuple[bool, str], tuple[datetime, bytes]] = {}

    async def atom(request: Request) -> Response:
        public_only, base, at = not await allowed(request), str(request.base_url).rstrip("/"), now()
        made_at, body = kept.get((public_only, base), (None, b""))
        if made_at is None or not made_at <= at < made_at + FRESH:
            rows = await messages(await open_store(), policies, sender, public_only=public_only)
            body = feed(rows, base, sender.name_zh, at)
            if len(kept) >= KEPT:
                kept.clear()
            kept[public_only, base] = at, body
        tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
        share = "public" if public_only else "private"
        headers = {
            "ETag": tag,
            "Cache-Control": f"{share}, max-age={int(FRESH.total_seconds())}",
            "Vary": "Cookie, Authorization",
        }
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/atom+xml", headers=headers)

    async def one(request: Request) -> Response:
        rows = await messages(await open_store(), policies, sender, public_only=not await allowed(request))
        for _, message in rows:
            if message.identifier == request.path_params["identifier"]:
                return Response(cap_xml.write(message), media_type="application/cap+xml")
        return Response("no such message", status_code=404)

    return [Route("/cap/feed.atom", atom), Route("/cap/{identifier}.xml", one)]


def _add(node: "etree._Element", name: str, text: str) -> "etree._Element":
    child = etree.SubElement(node, f"{{{ATOM}}}{name}")
    if text:
        child.text = cap_xml.clean(text)
    return child
