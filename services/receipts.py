"""Where providers post their receipts: kept at once and answered within their 700 ms, matched by the sender's loop.

Providers sign nothing, so the address itself is the secret: ``/receipts/{provider}/{token}``.
"""

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from store.outbox import Receipt

log = logging.getLogger(__name__)
LONGEST_BODY = 1_000_000
"""A provider posts at most some hundred receipts at a time. [bytes]"""
Keep = Callable[[Sequence[Receipt]], Awaitable[None]]
Reader = Callable[[str, bytes, datetime], list[Receipt]]


def readers() -> dict[str, Reader]:
    """Return how each provider's posts are read, of those whose SDK is installed."""
    found: dict[str, Reader] = {}
    try:
        from services.channels import aliyun  # noqa: PLC0415 - an extra

        found["aliyun"] = aliyun.read_receipts
    except ModuleNotFoundError:
        log.info("no receipts from aliyun: its extra is not installed")
    try:
        from services.channels import tencent  # noqa: PLC0415 - an extra

        found["tencent"] = tencent.read_receipts
    except ModuleNotFoundError:
        log.info("no receipts from tencent: its extra is not installed")
    return found


def routes(keep: Keep, tokens: Mapping[str, str]) -> list[Route]:
    """Return the routes to mount.

    Parameters
    ----------
    keep
        `store.outbox.Outbox.keep_receipts` of an open store.
    tokens
        The secret part of the address by channel name (``aliyun``, ``tencent``); a channel without one has no route.
    """
    known = {name: reader for name, reader in readers().items() if tokens.get(name)}

    async def receive(request: Request) -> Response:
        name, at = request.path_params["provider"], datetime.now(UTC)
        if name not in known or not hmac.compare_digest(request.path_params["token"].encode(), tokens[name].encode()):
            return JSONResponse({"code": 404}, status_code=404)
        body = await _body(request)
        if body is None:
            return JSONResponse({"code": 413}, status_code=413)
        try:
            receipts = known[name](name, body, at)
        except (ValueError, TypeError, KeyError, RecursionError) as exc:
            log.warning("receipts not understood", extra={"provider": name, "reason": str(exc)})
            return JSONResponse({"code": 400, "msg": "not understood"}, status_code=400)
        await keep(receipts)
        return JSONResponse({"code": 0, "msg": "成功", "result": 0, "errmsg": "OK"})

    return [Route("/receipts/{provider}/{token}", receive, methods=["POST"])]


async def _body(request: Request) -> bytes | None:
    octets = b""
    async for chunk in request.stream():
        octets += chunk
        if len(octets) > LONGEST_BODY:
            return None
    return octets
