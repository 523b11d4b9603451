"""The session cookie, and the token that a form must bring back."""

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from dashboard.settings import DashboardSettings

SESSION = "huangyu_session"
LANGUAGE = "huangyu_lang"


def token_of(request: Request) -> str:
    """Return the session token of the cookie, or ''."""
    return request.cookies.get(SESSION, "")


def set_session(response: Response, token: str, settings: DashboardSettings) -> None:
    """Put the session token into an HttpOnly cookie that other sites cannot send along with a POST."""
    response.set_cookie(
        SESSION,
        token,
        max_age=settings.session_s,
        httponly=True,
        secure=settings.secure_cookie,
        samesite="lax",
        path="/",
    )


def clear_session(response: Response) -> None:
    """Take the cookie away."""
    response.delete_cookie(SESSION, path="/")


def form_token(token: str) -> str:
    """Return the anti-forgery value of a session's forms: an HMAC keyed by the secret token itself."""
    return hmac.new(token.encode(), b"huangyu form", hashlib.sha256).hexdigest()[:32]


def form_is_genuine(request: Request, given: str) -> bool:
    """Return whether a POST came from our own form: right form token and, where sent, our own origin."""
    token = token_of(request)
    return bool(token) and hmac.compare_digest(form_token(token), given) and same_origin(request)


def same_origin(request: Request) -> bool:
    """Return whether the Origin header, when the browser sent one, names this host."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    return urlsplit(origin).netloc == request.headers.get("host", "")
