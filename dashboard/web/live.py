"""Layers of the map as GeoJSON: the coast (everybody signed in), targets and places (as the session's scope allows)."""

import gzip
import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import StoreError
from dashboard.look import CLASSES
from dashboard.recent import RECENT
from dashboard.state import shared
from dashboard.views.map_layers import target_features
from dashboard.web.cookies import token_of
from store import reader
from store.scoped import Scope
from vessels import coast

TARGET_AGE_S = 3600
"""A target not heard for an hour has left the live picture; its track stays."""
COAST_BOX = (26.6, 120.0, 29.0, 122.6)
"""South, west, north, east: Wenzhou's sea with margin. [deg]"""
SIMPLIFY_DEG = 0.0001
"""About 10 m, a pixel at the closest useful zoom."""


def geojson(request: Request, body: bytes, *, max_age_s: int) -> Response:
    """Return GeoJSON with ETag and gzip; 304 when the caller has it already."""
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"private, max-age={max_age_s}",
        "Vary": "Accept-Encoding, Cookie, Authorization",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", "") and len(body) > 1024:
        body, headers["Content-Encoding"] = gzip.compress(body, 5, mtime=0), "gzip"
    return Response(body, media_type="application/geo+json", headers=headers)


@cache
def coast_body() -> bytes:
    """Return the coast of the whole map, clipped and simplified once."""
    land = coast.region(*COAST_BOX)
    return coast.geojson(land, simplify_deg=SIMPLIFY_DEG).encode()


async def coast_layer(request: Request) -> Response:
    """Serve the coastline."""
    return geojson(request, await to_thread.run_sync(coast_body), max_age_s=86_400)


def targets_body(token: str, classes: frozenset[str]) -> bytes:
    """Return the live targets in the session's scope as GeoJSON; sessions of equal scope share it for a moment."""
    with shared().pool.scope(token) as scope:
        sea = scope.value("reader/sea_scope")
        return RECENT.get(("targets", sea, classes), lambda: _targets(scope, classes))


def _targets(scope: Scope, classes: frozenset[str]) -> bytes:
    now = datetime.now(UTC)
    rows = reader.targets(scope, now=now, age_s=TARGET_AGE_S)
    wanted = [row for row in rows if not classes or row.target_class in classes]
    return json.dumps(target_features(wanted, now=now), ensure_ascii=False, separators=(",", ":")).encode()


def wanted_classes(given: str) -> frozenset[str]:
    """Return the known class names of a comma-separated list; unknown ones are dropped."""
    return frozenset(name for name in given.split(",") if name in CLASSES)


async def targets_layer(request: Request) -> Response:
    """Serve the live targets; ``?classes=a,b`` keeps only those."""
    classes = wanted_classes(request.query_params.get("classes", ""))
    try:
        body = await to_thread.run_sync(targets_body, token_of(request), classes)
    except StoreError:
        return Response("the database does not answer", status_code=503)
    return geojson(request, body, max_age_s=0)


def routes() -> Iterable[Route]:
    """Return the routes of this module."""
    return [Route("/live/coast.geojson", coast_layer), Route("/live/targets.geojson", targets_layer)]
