"""Health for the supervisor and the proxy: does the database answer, and how old is the newest reading?"""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.errors import StoreError
from dashboard.state import shared


def _ask() -> bool:
    with shared().pool.scope("") as scope:
        return bool(scope.value("access/alive"))


async def healthz(_request: Request) -> Response:
    """Answer 200 with the database there, 503 without it; nothing about people or places is said."""
    try:
        alive = await to_thread.run_sync(_ask)
    except StoreError:
        alive = False
    body = {"status": "ok" if alive else "database away", "database": alive}
    return JSONResponse(body, status_code=200 if alive else 503, headers={"Cache-Control": "no-store"})


def routes() -> list[Route]:
    """Return the routes of this module."""
    return [Route("/healthz", healthz)]
