"""Layers of the map as GeoJSON: the coast (everybody signed in), targets and places (as the session's scope allows)."""

import gzip
import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import StoreError
from dashboard.look import CLASSES
from dashboard.recent import RECENT, Recent
from dashboard.state import shared
from dashboard.views import hearing, sea
from dashboard.views.map_layers import target_features
from dashboard.web.cookies import token_of
from store import reader, reader_desk
from store.scoped import Scope
from vessels import coast

TARGET_AGE_S = 3600
"""A target not heard for an hour has left the live picture; its track stays."""
COAST_BOX = (26.6, 120.0, 29.0, 122.6)
"""South, west, north, east: Wenzhou's sea with margin. [deg]"""
SIMPLIFY_DEG = 0.0001
"""About 10 m, a pixel at the closest useful zoom."""


SEA_PARTS = ("cells", "labels", "winds")
MOST_AHEAD_H = 120
SEA = Recent(keep_s=120.0)
"""Fields last for hours, an hour's hearing for minutes; reading either out takes tens of milliseconds."""


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
        rights = scope.value("reader/sea_scope")
        return RECENT.get(("targets", rights, classes), lambda: _targets(scope, classes))


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


async def sea_layer(request: Request) -> Response:
    """Serve one part of the sea's field (cells, labels, winds) ``?h=`` hours from now."""
    part, hours = request.path_params["part"], request.query_params.get("h", "0")
    if part not in SEA_PARTS or not hours.isdecimal() or int(hours) > MOST_AHEAD_H:
        return Response("there is no such part of the sea's field", status_code=404)
    try:
        picture = await to_thread.run_sync(_sea, token_of(request), int(hours))
    except StoreError:
        return Response("the database does not answer", status_code=503)
    return geojson(request, json.dumps(getattr(picture, part)).encode(), max_age_s=300)


def _sea(token: str, hours: int) -> sea.SeaPicture:
    """Return the field as everyone signed in sees it; nothing when no run reaches so far."""
    now = datetime.now(UTC)
    with shared().pool.scope(token) as scope:
        if scope.value("access/rights") is None:
            return sea.SeaPicture(cells=[], labels=[], winds=[])
        return SEA.get(hours, lambda: _picture(scope, now, hours))


def _picture(scope: Scope, now: datetime, hours: int) -> sea.SeaPicture:
    field = reader_desk.sea_field(scope, now)
    return (
        sea.SeaPicture(cells=[], labels=[], winds=[])
        if field is None
        else sea.picture(field, now + timedelta(hours=hours))
    )


async def heard_layer(request: Request) -> Response:
    """Serve the water that receivers reach, as this session's scope shows it."""
    try:
        drawn = await to_thread.run_sync(_heard, token_of(request))
    except StoreError:
        return Response("the database does not answer", status_code=503)
    return geojson(request, json.dumps(drawn).encode(), max_age_s=60)


def _heard(token: str) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    with shared().pool.scope(token) as scope:
        rights = scope.value("access/rights")
        if rights is None:
            return []
        return SEA.get(("heard", rights), lambda: hearing.cells(reader_desk.heard_cells(scope, now)))


def routes() -> Iterable[Route]:
    """Return the routes of this module."""
    return [
        Route("/live/coast.geojson", coast_layer),
        Route("/live/targets.geojson", targets_layer),
        Route("/live/sea/{part}.json", sea_layer),
        Route("/live/heard.json", heard_layer),
    ]
