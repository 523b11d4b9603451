"""Our own small files: icons and the coast of the map."""

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from dashboard.serving import ASSETS

KINDS = {".svg": "image/svg+xml", ".png": "image/png"}


async def asset(request: Request) -> Response:
    """Return one of the files in ``dashboard/assets``; nothing outside it can be named."""
    wanted = request.path_params["name"]
    for path in ASSETS.iterdir():
        if path.name == wanted and path.suffix in KINDS:
            return FileResponse(path, media_type=KINDS[path.suffix], headers={"Cache-Control": "public, max-age=86400"})
    return Response("not found", status_code=404)


def routes() -> list[Route]:
    """Return the routes of this module."""
    return [Route("/assets/{name}", asset)]
