"""Sign-in, sign-out and change of password: plain forms, argon2id, an opaque token in an HttpOnly cookie."""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dashboard.i18n import LOCALES, Words, mark
from dashboard.settings import DashboardSettings
from dashboard.state import shared
from dashboard.web.cookies import (
    LANGUAGE,
    clear_session,
    form_is_genuine,
    form_token,
    same_origin,
    set_session,
    token_of,
)
from dashboard.web.pages import page, words_of
from store.access import CodeNeededError, PasswordError, SignInError, Visit, change_password, sign_in, whoami
from store.scoped import DatabaseAwayError

MAX_FORM_BYTES = 8192


def safe_next(target: str) -> str:
    """Return a path on this site to go on to; anything that could lead elsewhere becomes the start page."""
    if target.startswith("/") and not target.startswith(("//", "/\\")) and "\n" not in target and "\r" not in target:
        return target
    return "/"


def _provider_word(words: Words) -> str:
    """Return what the button of the identity provider says, '' where there is none."""
    settings = shared().settings
    return (
        (settings.oidc_label or words("Identity provider")) if settings.oidc_issuer and settings.oidc_client_id else ""
    )


def _form(
    request: Request, *, problem: str = "", login: str = "", status: int = 200, after: str = "/", code: bool = False
) -> Response:
    words = words_of(request)
    return page(
        "signin.html",
        words,
        {"problem": problem, "login": login, "after": after, "provider": _provider_word(words), "code": code},
        status=status,
    )


def visit_of(request: Request, settings: DashboardSettings) -> Visit:
    """Return how long a session lasts that this request opens, and where it comes from."""
    return Visit(
        lasts_s=settings.session_s,
        idle_farmer_s=settings.idle_farmer_s,
        idle_officer_s=settings.idle_officer_s,
        agent=request.headers.get("user-agent", ""),
        address=request.client.host if request.client else "",
    )


REFUSALS = {
    "away": mark("The identity provider does not answer. Sign in with a local account or try again in a minute."),
    "again": mark("The sign-in through the identity provider was not completed. Please try again."),
    "unknown": mark(
        "You are known to the identity provider, but no account here is linked to you. Ask the administrator."
    ),
    "database": mark("The database does not answer. Please try again in a minute."),
}


def refused(request: Request, why: str, *, status: int) -> Response:
    """Return the form with the reason why a sign-in through the identity provider failed."""
    return _form(request, problem=words_of(request)(REFUSALS[why]), status=status)


async def show(request: Request) -> Response:
    """Show the sign-in form, or go on when the session is live."""
    after = safe_next(request.query_params.get("next", "/"))
    try:
        person = await to_thread.run_sync(whoami, shared().pool, token_of(request))
    except DatabaseAwayError:
        person = None
    if person is not None:
        return RedirectResponse(after, status_code=303)
    response = _form(request, after=after)
    if request.query_params.get("lang") in LOCALES:
        response.set_cookie(LANGUAGE, request.query_params["lang"], max_age=365 * 86_400, samesite="lax", path="/")
    return response


async def enter(request: Request) -> Response:
    """Check name and password and open a session."""
    words = words_of(request)
    if not same_origin(request) or int(request.headers.get("content-length") or 0) > MAX_FORM_BYTES:
        return _form(request, problem=words("The form came from another site. Please try again."), status=403)
    form = await request.form()
    login, password = str(form.get("login", "")).replace("\x00", ""), str(form.get("password", ""))
    after = safe_next(str(form.get("next", "/")))
    settings = shared().settings
    visit = visit_of(request, settings)
    try:
        token = await to_thread.run_sync(
            lambda: sign_in(
                shared().pool,
                login,
                password,
                visit,
                tries=settings.password_tries,
                lock_s=settings.lock_s,
                code=str(form.get("code", ""))[:12],
            )
        )
    except CodeNeededError as wanted:
        return _form(
            request, problem=_half(str(wanted), zh=words.is_zh), login=login, status=401, after=after, code=True
        )
    except SignInError as refused:
        return _form(request, problem=_half(str(refused), zh=words.is_zh), login=login, status=401, after=after)
    except DatabaseAwayError:
        problem = words("The database does not answer. Please try again in a minute.")
        return _form(request, problem=problem, login=login, status=503, after=after)
    response = RedirectResponse(after, status_code=303)
    set_session(response, token, settings)
    return response


def _half(text: str, *, zh: bool) -> str:
    """Return the Chinese or the English half of a two-language refusal, "中文。English."."""
    head, _, tail = text.partition("。")
    return head + "。" if zh or not tail else tail.strip()


async def leave(request: Request) -> Response:
    """Close this session."""
    form = await request.form()
    if not form_is_genuine(request, str(form.get("form", ""))):
        return RedirectResponse("/", status_code=303)
    token = token_of(request)
    await to_thread.run_sync(_close, token)
    response = RedirectResponse("/signin", status_code=303)
    clear_session(response)
    return response


def _close(token: str) -> None:
    with shared().pool.scope(token) as scope:
        scope.value("access/close", everywhere=False, person_id=None)


async def password_form(request: Request) -> Response:
    """Show the form for a new password."""
    person = await to_thread.run_sync(whoami, shared().pool, token_of(request))
    if person is None:
        return RedirectResponse("/signin?next=/password", status_code=303)
    return page(
        "password.html",
        words_of(request, person.locale),
        {"problem": "", "done": False, "form": form_token(token_of(request)), "person": person},
    )


async def password_change(request: Request) -> Response:
    """Set a new password; the other sessions of the person end."""
    form = await request.form()
    person = await to_thread.run_sync(whoami, shared().pool, token_of(request))
    if person is None or not form_is_genuine(request, str(form.get("form", ""))):
        return RedirectResponse("/signin", status_code=303)
    words = words_of(request, person.locale)
    old, new, again = (str(form.get(name, "")) for name in ("old", "new", "again"))
    values = {"problem": "", "done": True, "form": form_token(token_of(request)), "person": person}
    if new != again:
        return page(
            "password.html", words, values | {"done": False, "problem": words("The two entries differ.")}, status=400
        )
    try:
        await to_thread.run_sync(lambda: change_password(shared().pool, token_of(request), old=old, new=new))
    except (SignInError, PasswordError) as refused:
        problem = _half(str(refused), zh=words.is_zh)
        return page("password.html", words, values | {"done": False, "problem": problem}, status=400)
    return page("password.html", words, values)


def routes() -> list[Route]:
    """Return the routes of this module."""
    return [
        Route("/signin", show, methods=["GET"]),
        Route("/signin", enter, methods=["POST"]),
        Route("/signout", leave, methods=["POST"]),
        Route("/password", password_form, methods=["GET"]),
        Route("/password", password_change, methods=["POST"]),
    ]
