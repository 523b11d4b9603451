"""The door in front of every route: who may ask for what at all, and headers that browsers obey."""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.state import shared
from dashboard.web.cookies import token_of
from store.access import is_live, whoami
from store.scoped import DatabaseAwayError

OPEN = ("/signin", "/oidc/", "/healthz", "/assets/", "/static/", "/_stcore/health", "/api/", "/receipts/", "/cap/")
"""Paths that answer before sign-in; the API and the receipts check their own tokens."""
LAYERS = ("/live/", "/media/")
CLOSED = ("/_stcore/metrics", "/_stcore/agent")
"""Never served here: numbers about the process are for an internal port."""
SCREEN_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"x-frame-options": b"SAMEORIGIN",
    b"permissions-policy": b"geolocation=(), camera=(), microphone=()",
}
SCREEN_POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data: blob: TILES; font-src 'self' data:; connect-src 'self' data: blob: TILES; "
    b"worker-src 'self' blob:; frame-src 'self' blob: data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    b"frame-ancestors 'self'"
)
"""Streamlit's bundle evaluates deck.gl expressions, hence unsafe-eval; nothing may be loaded from or sent elsewhere."""


class Guard:
    """Sends a browser without a live session to the sign-in, refuses closed paths, adds headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check and hand on."""
        if scope["type"] == "websocket" and not _same_origin_socket(scope):
            await send({"type": "websocket.close", "code": 4403})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = await _refusal(Request(scope))
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send))
            return
        await self._app(scope, receive, _with_headers(send))


def _same_origin_socket(scope: MutableMapping[str, Any]) -> bool:
    headers = {k.lower(): v for k, v in scope["headers"]}
    origin = headers.get(b"origin")
    return origin is None or origin.split(b"://")[-1] == headers.get(b"host")


async def _refusal(request: Request) -> Response | None:
    path = request.url.path
    if path.startswith(CLOSED):
        return PlainTextResponse("not found", status_code=404)
    if "\x00" in path or "%00" in request.url.query:
        return PlainTextResponse("an address holds no zero byte", status_code=400)
    if path.startswith(OPEN):
        return None
    if path.startswith(LAYERS):
        return await _layer_refusal(request)
    wants_page = "text/html" in request.headers.get("accept", "") and request.method in {"GET", "HEAD"}
    if wants_page or path.startswith(("/download/", "/m/")):
        return await _page_refusal(request, wants_page=wants_page)
    return None


async def _layer_refusal(request: Request) -> Response | None:
    """Check what a page asks by itself, without noting a use: it must not keep an idle session awake."""
    try:
        live = await to_thread.run_sync(is_live, shared().pool, token_of(request))
    except DatabaseAwayError:
        return _away()
    return None if live else PlainTextResponse("sign in first", status_code=401)


async def _page_refusal(request: Request, *, wants_page: bool) -> Response | None:
    """Check what a person asks for; a page without a live session leads to the sign-in."""
    path = request.url.path
    try:
        person = await to_thread.run_sync(whoami, shared().pool, token_of(request))
    except DatabaseAwayError:
        return None if wants_page and not path.startswith("/download/") else _away()
    if person is not None:
        to_password = person.must_change and wants_page and path != "/password"
        return RedirectResponse("/password", status_code=303) if to_password else None
    if not wants_page:
        return PlainTextResponse("sign in first", status_code=401)
    target = path + (f"?{request.url.query}" if request.url.query else "")
    where = "/signin" if target == "/" else f"/signin?next={quote(target, safe='')}"
    return RedirectResponse(where, status_code=303)


def tile_origin(template: str) -> str:
    """Return the host that tiles come from, as a content security policy names it; '' without tiles."""
    parts = urlsplit(template)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _away() -> Response:
    return PlainTextResponse("the database does not answer, try again soon", status_code=503)


def _with_headers(send: Send) -> Send:
    tiles = tile_origin(shared().settings.tile_url).encode()

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            extra = [(k, v) for k, v in SCREEN_HEADERS.items() if k not in present]
            if b"content-security-policy" not in present:
                extra.append((b"content-security-policy", SCREEN_POLICY.replace(b"TILES", tiles)))
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    return wrapped
