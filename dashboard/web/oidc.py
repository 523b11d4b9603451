"""Sign-in through an identity provider: the browser goes there and comes back with a code that becomes our session."""

import hmac
import logging
import os
from typing import Any

import httpx
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dashboard.settings import DashboardSettings
from dashboard.state import shared
from dashboard.web import identity
from dashboard.web.cookies import set_session
from dashboard.web.identity import IdentityError, Provider
from dashboard.web.signin import refused, safe_next, visit_of
from store.access import open_session
from store.scoped import DatabaseAwayError

_log = logging.getLogger(__name__)
COOKIE, AFTER = "huangyu_oidc", "huangyu_oidc_after"
LIFE_S = 600
"""How long a person may take at the provider. [s]"""
SECRET = "HUANGYU_OIDC_SECRET"  # noqa: S105 - the name of the variable
TIMEOUT_S = 10.0


def offered(settings: DashboardSettings) -> bool:
    """Return whether this installation has an identity provider."""
    return bool(settings.oidc_issuer and settings.oidc_client_id)


def _back(request: Request, settings: DashboardSettings) -> str:
    """Return our address that the provider sends the browser back to; it must be registered there."""
    return (settings.public_url or str(request.base_url)).rstrip("/") + "/oidc/back"


async def _json(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    answer = (await client.get(url)).raise_for_status().json()
    if not isinstance(answer, dict):
        raise IdentityError(f"{url}: not an object.")
    return answer


async def _provider(client: httpx.AsyncClient, issuer: str) -> Provider:
    """Return what the provider says of itself; asked each time, for sign-ins are rare and keys change."""
    told = await _json(client, issuer.rstrip("/") + "/.well-known/openid-configuration")
    return identity.provider_of(issuer, told)


async def start(request: Request) -> Response:
    """Send the browser to the provider."""
    settings = shared().settings
    if not offered(settings):
        return RedirectResponse("/signin", status_code=303)
    challenge = identity.new_challenge()
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
            provider = await _provider(client, settings.oidc_issuer)
    except (httpx.HTTPError, ValueError, IdentityError) as problem:
        _log.warning("identity provider does not answer", extra={"problem": str(problem)})
        return refused(request, "away", status=503)
    where = identity.authorize_address(
        provider, challenge, client_id=settings.oidc_client_id, back=_back(request, settings)
    )
    response = RedirectResponse(where, status_code=303)
    after = safe_next(request.query_params.get("next", "/"))
    for name, value in ((COOKIE, identity.pack(challenge)), (AFTER, after)):
        response.set_cookie(
            name, value, max_age=LIFE_S, httponly=True, secure=settings.secure_cookie, samesite="lax", path="/oidc"
        )
    return response


async def back(request: Request) -> Response:
    """Take the provider's answer: open a session for the account that is linked to its subject."""
    settings = shared().settings
    challenge = identity.unpack(request.cookies.get(COOKIE, ""))
    given, code = request.query_params.get("state", ""), request.query_params.get("code", "")
    if challenge is None or not code or not hmac.compare_digest(challenge.state.encode(), given.encode()):
        return _forgotten(refused(request, "again", status=400))
    try:
        subject = await _subject(code, challenge, _back(request, settings), settings)
    except (httpx.HTTPError, ValueError, KeyError, IdentityError) as problem:
        _log.warning("sign-in through the identity provider refused", extra={"problem": str(problem)})
        return _forgotten(refused(request, "again", status=401))
    try:
        token = await to_thread.run_sync(_open, subject, request, settings)
    except DatabaseAwayError:
        return _forgotten(refused(request, "database", status=503))
    if token is None:
        return _forgotten(refused(request, "unknown", status=403))
    response = RedirectResponse(safe_next(request.cookies.get(AFTER, "/")), status_code=303)
    set_session(response, token, settings)
    return _forgotten(response)


async def _subject(code: str, challenge: identity.Challenge, back_to: str, settings: DashboardSettings) -> str:
    """Return whom the provider names for a code: the code is changed for a signed token, and that is checked."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back_to,
        "code_verifier": challenge.verifier,
    }
    async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
        provider = await _provider(client, settings.oidc_issuer)
        auth = httpx.BasicAuth(settings.oidc_client_id, os.environ.get(SECRET, ""))
        answer = (await client.post(provider.token_url, data=form, auth=auth)).raise_for_status().json()
        keys = await _json(client, provider.keys_url)
    return identity.subject_of(
        answer["id_token"], keys, issuer=provider.issuer, client_id=settings.oidc_client_id, challenge=challenge
    )


def _open(subject: str, request: Request, settings: DashboardSettings) -> str | None:
    pool = shared().pool
    with pool.scope("") as scope:
        person_id = scope.value("access/oidc", subject=subject)
    return None if person_id is None else open_session(pool, person_id, visit_of(request, settings))


def _forgotten(response: Response) -> Response:
    """Take the cookies of the sign-in away: a second use of the same answer finds nothing."""
    for name in (COOKIE, AFTER):
        response.delete_cookie(name, path="/oidc")
    return response


def routes() -> list[Route]:
    """Return the routes of this module."""
    return [Route("/oidc/start", start, methods=["GET"]), Route("/oidc/back", back, methods=["GET"])]
