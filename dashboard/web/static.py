"""Streamlit's own bundle, compressed: it is sent as it is otherwise, which costs a phone half a minute."""

import gzip
from collections.abc import MutableMapping
from functools import lru_cache
from pathlib import Path

import streamlit
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

ROOT = (Path(streamlit.__file__).parent / "static").resolve()
KINDS = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".wasm": "application/wasm",
}
MIN_BYTES = 1024
FOREVER = "public, max-age=31536000, immutable"
"""The bundle's names carry a hash of the content."""


@lru_cache(maxsize=256)
def compressed(path: Path) -> bytes:
    """Return the file's bytes, gzip level 9; the bundle never changes while the process runs."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)


class CompressedStatic:
    """Answers GET ``/static/…`` from the bundle with gzip where the browser takes it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._files = {
            f"/static/{p.relative_to(ROOT / 'static')}": p for p in (ROOT / "static").rglob("*") if p.is_file()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a bundled file, or hand on."""
        path = self._wanted(scope)
        if path is None:
            await self._app(scope, receive, send)
            return
        body = await to_thread.run_sync(compressed, path)
        headers = {"Content-Encoding": "gzip", "Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        await Response(body, media_type=KINDS[path.suffix], headers=headers)(scope, receive, send)

    def _wanted(self, scope: MutableMapping[str, object]) -> Path | None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        path = self._files.get(str(scope["path"]))
        if path is None or path.suffix not in KINDS or path.stat().st_size < MIN_BYTES:
            return None
        accepted = Headers(scope=scope).get("accept-encoding", "")
        return path if "gzip" in accepted else None
