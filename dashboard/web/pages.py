"""Plain HTML pages from templates that escape everything."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from dashboard.i18n import LOCALES, Words
from dashboard.state import shared
from dashboard.web.cookies import LANGUAGE

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def render(template: str, values: Mapping[str, object]) -> str:
    """Return a filled template."""
    return _TEMPLATES.get_template(template).render(values)


def page(template: str, words: Words, values: Mapping[str, object], *, status: int = 200) -> HTMLResponse:
    """Return a plain page that runs no script and loads nothing from elsewhere."""
    return HTMLResponse(render(template, {"_": words, "w": words} | dict(values)), status_code=status, headers=HEADERS)


def words_of(request: Request, preferred: str | None = None) -> Words:
    """Return the words for a request: ``?lang=``, the person's choice, the cookie, the setting."""
    for choice in (request.query_params.get("lang"), preferred, request.cookies.get(LANGUAGE)):
        if choice in LOCALES:
            return Words(choice)
    return Words(shared().settings.locale)
