"""Streamlit's own bundle, compressed: it is sent as it is otherwise, which costs a phone half a minute."""

import gzip
from collections.abc import Iterable, MutableMapping
from functools import lru_cache
from pathlib import Path

import streamlit
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.state import shared

ROOT = (Path(streamlit.__file__).parent / "static").resolve()
KINDS = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".wasm": "application/wasm",
}
MIN_BYTES = 1024
NEVER_KEPT = {"Cache-Control": "no-cache"}
FOREVER = "public, max-age=31536000, immutable"
"""The bundle's names carry a hash of the content."""


@lru_cache(maxsize=256)
def compressed(path: Path) -> bytes:
    """Return the file's bytes, gzip level 9; the bundle never changes while the process runs."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)


@lru_cache(maxsize=4)
def index_page(locale: str) -> bytes:
    """Return Streamlit's page in the right language, told where its server is, so that it need not guess and fail."""
    page = (ROOT / "index.html").read_text(encoding="utf-8")
    changes = {
        "<head>": "<head><script>window.__streamlit={BACKEND_BASE_URL:window.location.origin+'/'}</script>",
        '<html lang="en">': f'<html lang="{"zh-CN" if locale == "zh" else "en"}">',
        "<title>Streamlit</title>": "<title>黄鱼</title>",
        'href="./favicon.png"': 'href="/assets/icon.svg"',
        '<link rel="service-desc" href="./_stcore/agent/openapi.json" />': "",
        "./static/": "/static/",
    }
    for old, new in changes.items():
        page = page.replace(old, new)
    return page.encode()


class CompressedStatic:
    """Answers GET ``/static/…`` from the bundle with gzip where the browser takes it."""

    def __init__(self, app: ASGIApp, pages: Iterable[str] = ()) -> None:
        self._app = app
        self._pages = {"", *pages}
        self._files = {
            f"/static/{p.relative_to(ROOT / 'static')}": p for p in (ROOT / "static").rglob("*") if p.is_file()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a bundled file, or hand on."""
        if self._is_page(scope):
            await Response(
                index_page(shared().settings.locale), media_type="text/html", headers={"Cache-Control": "no-cache"}
            )(scope, receive, send)
            return
        path = self._wanted(scope)
        if path is None:
            await self._app(scope, receive, send)
            return
        body = await to_thread.run_sync(compressed, path)
        headers = {"Content-Encoding": "gzip", "Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        await Response(body, media_type=KINDS[path.suffix], headers=headers)(scope, receive, send)

    def _is_page(self, scope: MutableMapping[str, object]) -> bool:
        return scope["type"] == "http" and scope["method"] == "GET" and str(scope["path"]).strip("/") in self._pages

    def _wanted(self, scope: MutableMapping[str, object]) -> Path | None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        path = self._files.get(str(scope["path"]))
        if path is None or path.suffix not in KINDS or path.stat().st_size < MIN_BYTES:
            return None
        accepted = Headers(scope=scope).get("accept-encoding", "")
        return path if "gzip" in accepted else None
