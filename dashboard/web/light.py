"""``/m/``: the phone's first page on a slow link: no script, about 2 KB, with "received" buttons."""

import gzip
import uuid
from datetime import UTC, datetime
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from core.errors import StoreError
from dashboard.deciding import step_of, take_step
from dashboard.i18n import Words
from dashboard.state import shared
from dashboard.times import clock
from dashboard.views.cage_cards import cards
from dashboard.views.freshness import SILENT_S, notices
from dashboard.views.light import light_card
from dashboard.views.limits import rules_at
from dashboard.web.cookies import form_is_genuine, form_token, token_of
from dashboard.web.pages import HEADERS, render, words_of
from dashboard.web.signin import safe_next
from store import reader, reader_cages, reader_limits
from store.access import Person, whoami


def _page(request: Request, cage_id: str | None) -> Response:
    token = token_of(request)
    now = datetime.now(UTC)
    person = whoami(shared().pool, token)
    if person is None:
        return RedirectResponse("/signin?next=/m/", status_code=303)
    words = words_of(request, person.locale)
    values = _values(token, cage_id, now, words)
    if values is None:
        return _html(
            request,
            words,
            {"title": words("There is no such cage for you."), "cards": [], "banners": []},
            now,
            token,
            404,
        )
    return _html(request, words, values, now, token, 200)


def _values(token: str, cage_id: str | None, now: datetime, words: Words) -> dict[str, Any] | None:
    with shared().pool.scope(token) as scope:
        cages = [c for c in reader.cages(scope) if cage_id is None or c.cage_id == cage_id]
        if cage_id is not None and not cages:
            return None
        latest = reader.latest(scope, cage_id)
        alerts = reader.alerts(scope)
        fresh = reader.freshness(scope, silent_s=SILENT_S)
        fans = reader_cages.fans(scope, now=now, place_id=cage_id) if cage_id else []
        risks = reader_cages.risks(scope, now=now, place_id=cage_id) if cage_id else []
        farms = reader.farms(scope)
        changed = reader_limits.changed(scope)
    point = _worst_point(latest)
    fan = [f for f in fans if f.quantity in {"do_mg_l", "hs_m"} and f.point in {point, "wave"}]
    made = [
        light_card(
            card,
            [a for a in alerts if a.subject_id.split(".", 1)[0] == card.cage_id],
            fan,
            [r for r in risks if r.point == point],
            now=now,
            words=words,
            link=cage_id is None,
            limits=rules_at(changed, cages[0].farm_id, cage_id),
        )
        for card in cards(cages, latest, alerts, now=now, words=words)
    ]
    limit_s = shared().settings.stale_after_s
    title = (
        made[0].name
        if cage_id
        else words(", ").join(words.pick(f.name_zh, f.name_en) for f in farms[:2]) or words("Cages")
    )
    banners = [n.text for n in notices(fresh, now=now, stale_after_s=limit_s, sea=False, words=words)]
    return {"title": title, "cards": made, "banners": banners}


def _worst_point(latest: list[reader.LatestRow]) -> str:
    rows = [r for r in latest if r.quantity == "do_mg_l" and r.value is not None]
    return min(rows, key=lambda r: r.value or 0.0).point if rows else ""


def _html(request: Request, words: Words, values: dict[str, Any], now: datetime, token: str, status: int) -> Response:
    more = {"_": words, "w": words, "form": form_token(token), "back": request.url.path, "clock": clock(now, now=now)}
    body = render("light.html", values | more).encode()
    headers = dict(HEADERS) | {"Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 9, mtime=0), "gzip"
    return HTMLResponse(body, status_code=status, headers=headers)


async def overview(request: Request) -> Response:
    """Show all cages of the person, worst first."""
    return await _answer(request, None)


async def one(request: Request) -> Response:
    """Show one cage with its forecast as a small picture."""
    return await _answer(request, request.path_params["cage"])


async def _answer(request: Request, cage_id: str | None) -> Response:
    try:
        return await to_thread.run_sync(_page, request, cage_id)
    except StoreError:
        words = words_of(request)
        return PlainTextResponse(words("The database does not answer. Please try again in a minute."), status_code=503)


async def acknowledge(request: Request) -> Response:
    """Record "received" for one alert, when the form is really ours."""
    form = await request.form()
    if not form_is_genuine(request, str(form.get("form", ""))):
        return PlainTextResponse("this form is not ours, open the page again", status_code=403)
    try:
        alert_id, version = str(uuid.UUID(str(form.get("alert", "")))), int(str(form.get("version", "")))
    except ValueError:
        return PlainTextResponse("no such alert", status_code=400)
    token = token_of(request)
    problem = await to_thread.run_sync(_acknowledge, token, alert_id, version)
    if problem:
        return PlainTextResponse(problem, status_code=409)
    back = safe_next(str(form.get("back", "/m/")))
    return RedirectResponse(back if back.startswith("/m/") else "/m/", status_code=303)


def _acknowledge(token: str, alert_id: str, version: int) -> str:
    person: Person | None = whoami(shared().pool, token)
    if person is None:
        return "sign in first"
    return take_step(shared(), token, alert_id, version, step_of("acknowledge", person), Words(person.locale))


def routes() -> list[Route]:
    """Return the routes of this module."""
    return [
        Route("/m", lambda _request: RedirectResponse("/m/", status_code=303)),
        Route("/m/", overview),
        Route("/m/cage/{cage}", one),
        Route("/m/ack", acknowledge, methods=["POST"]),
    ]
