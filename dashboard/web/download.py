"""``/download/…``: files that a session may take: readings, reports, the live picture, evidence. None is public."""

import csv
import io
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.errors import StoreError
from core.finding import Severity
from core.units import QUANTITIES
from dashboard.i18n import Words
from dashboard.look import HANDLING
from dashboard.packages import MAKERS, About, ReadingRow, safe_cell
from dashboard.report import AlertLine, DayLine, Report, pdf
from dashboard.state import shared
from dashboard.times import SHANGHAI, clock, stamp
from dashboard.views.cage_page import outlook, point_word, quantity_word
from dashboard.web.api import EARLIEST, LATEST
from dashboard.web.cookies import token_of
from dashboard.web.live import targets_body
from store import reader, reader_cages, reader_desk
from store.access import Person, whoami
from store.scoped import Scope

MAX_DAYS = 31
MAX_ROWS = 1_000_000
REPORT_QUANTITIES = ("do_mg_l", "water_temp_c", "hs_m", "wind_mps")


class WrongRequestError(ValueError):
    """The address asks for something that cannot be: the text says what."""


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to send."""

    name: str
    kind: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class _DayRow:
    cage_zh: str
    cage_en: str
    quantity: str
    point: str
    low: float | None
    high: float | None
    mean: float | None
    good_pct: float


def days_of(request: Request) -> tuple[datetime, datetime]:
    """Return the instants at which the asked local days begin and end, at most `MAX_DAYS` apart."""
    first, last = _day(request, "from"), _day(request, "to")
    if not 0 <= (last - first).days < MAX_DAYS:
        raise WrongRequestError(f"from and to may be up to {MAX_DAYS} days apart, from first")
    return _midnight(first), _midnight(last + timedelta(days=1))


def _day(request: Request, name: str) -> date:
    """Return a day of the address; one that no sensor of ours can have seen is refused."""
    try:
        day = date.fromisoformat(request.query_params.get(name, ""))
    except ValueError as exc:
        raise WrongRequestError(f"{name} is a day, 2026-11-23") from exc
    if not EARLIEST.year <= day.year < LATEST.year:
        raise WrongRequestError(f"{name} is a day from {EARLIEST.year} to {LATEST.year - 1}")
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), SHANGHAI).astimezone(UTC)


def _readings(request: Request, token: str, _person: Person) -> File:
    kind = request.path_params["kind"]
    if kind not in MAKERS:
        raise WrongRequestError(f"known kinds are {', '.join(MAKERS)}")
    since, until = days_of(request)
    farm_id = request.query_params.get("farm", "")
    with shared().pool.scope(token) as scope:
        farm = next((f for f in reader.farms(scope) if f.farm_id == farm_id), None)
        if farm is None:
            raise WrongRequestError("no such farm for you")
        rows = scope.rows(
            ReadingRow, "reader/export_readings", farm_id=farm_id, since=since, until=until, limit=MAX_ROWS
        )
        scope.audit(
            "export.readings", f"farm:{farm_id}", {"kind": kind, "since": since.isoformat(), "until": until.isoformat()}
        )
    about = About(farm_id=farm_id, farm_name=farm.name_zh, since=since, until=until, made_at=datetime.now(UTC))
    make, media = MAKERS[kind]
    return File(name=f"{farm_id}_{since:%Y%m%d}_{until:%Y%m%d}.{kind}", kind=media, body=make(rows, about))


def _report(request: Request, token: str, person: Person) -> File:
    words = Words(person.locale)
    day = _day(request, "day")
    farm_id, district = request.query_params.get("farm"), request.query_params.get("district")
    with shared().pool.scope(token) as scope:
        farms = [
            f for f in reader.farms(scope) if f.farm_id == farm_id or (farm_id is None and f.district_id == district)
        ]
        if not farms:
            raise WrongRequestError("no such farm or district for you")
        report = _day_report(scope, farms, day, words)
    return File(
        name=f"report_{farm_id or district}_{day.isoformat()}.pdf", kind="application/pdf", body=pdf(report, words)
    )


def _day_report(scope: Scope, farms: list[reader.FarmRow], day: date, words: Words) -> Report:
    since, until, now = _midnight(day), _midnight(day + timedelta(days=1)), datetime.now(UTC)
    ids = [f.farm_id for f in farms]
    lines = scope.rows(_DayRow, "reader/day", farms=ids, since=since, until=until, quantities=list(REPORT_QUANTITIES))
    raised = [
        a
        for a in reader.alerts(scope, still_open=None, since=since)
        if a.raised_at < until and (a.farm_id in ids or len(farms) > 1)
    ]
    fans = reader_cages.fans(scope, now=now, hours=24) if since <= now < until + timedelta(days=1) else []
    risks = reader_cages.risks(scope, now=now) if fans else []
    name = (
        words.pick(farms[0].name_zh, farms[0].name_en)
        if len(farms) == 1
        else words("District {id}", id=farms[0].district_id)
    )
    open_now = sum(1 for a in raised if a.closed_at is None)
    return Report(
        title=name,
        day=day,
        made=stamp(now),
        summary=[
            words(
                "{farms} farms, {alerts} alerts raised, {open} still open.",
                farms=len(farms),
                alerts=len(raised),
                open=open_now,
            )
        ],
        lines=[_day_line(line, words) for line in lines],
        alerts=[_alert_line(a, words, now) for a in raised],
        outlook=_outlooks(fans, risks, ids, now, words),
    )


def _day_line(line: _DayRow, words: Words) -> DayLine:
    quantity = QUANTITIES[line.quantity]

    def figure(value: float | None) -> str:
        return "–" if value is None else f"{value:.{quantity.decimals}f} {quantity.symbol}"

    return DayLine(
        cage=words.pick(line.cage_zh, line.cage_en),
        quantity=f"{quantity_word(line.quantity, words)} {point_word(line.point, words)}",
        low=figure(line.low),
        mean=figure(line.mean),
        high=figure(line.high),
        good_pct=f"{line.good_pct:.0f} %",
    )


def _alert_line(alert: reader.AlertRow, words: Words, now: datetime) -> AlertLine:
    return AlertLine(
        at=clock(alert.raised_at, now=now),
        colour=Severity(alert.severity).zh if words.is_zh else Severity(alert.severity).name.title(),
        subject=alert.subject_name or alert.subject_id,
        reason=words.pick(alert.reason_zh, alert.reason_en),
        handling=words(HANDLING.get(alert.handling, alert.handling)),
    )


def _outlooks(
    fans: list[reader_cages.FanRow], risks: list[reader_cages.RiskRow], farms: list[str], now: datetime, words: Words
) -> list[str]:
    groups: dict[tuple[str, str, str], list[reader_cages.FanRow]] = {}
    for row in fans:
        if row.place_id.rsplit("-", 1)[0] in farms and row.quantity in {"do_mg_l", "hs_m"}:
            groups.setdefault((row.place_id, row.point, row.quantity), []).append(row)
    return [
        f"{place} {quantity_word(quantity, words)} {point_word(point, words)}："
        + outlook(rows, [r for r in risks if r.place_id == place and r.point == point], now=now, words=words)
        for (place, point, quantity), rows in list(groups.items())[:8]
    ]


def _targets(_request: Request, token: str, _person: Person) -> File:
    return File(name="targets.geojson", kind="application/geo+json", body=targets_body(token, frozenset()))


def _alert_table(_request: Request, token: str, person: Person) -> File:
    words = Words(person.locale)
    with shared().pool.scope(token) as scope:
        rows = reader.alerts(scope, still_open=None, since=datetime.now(UTC) - timedelta(days=30), limit=10_000)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ("alert_id", "raised_at", "severity", "rule", "subject", "reason", "handling", "assignee", "closed_at")
    )
    for a in rows:
        line = (
            a.alert_id,
            stamp(a.raised_at),
            Severity(a.severity).name,
            a.rule,
            a.subject_name or a.subject_id,
            words.pick(a.reason_zh, a.reason_en),
            a.handling,
            a.assignee_name or "",
            stamp(a.closed_at),
        )
        writer.writerow([safe_cell(cell) for cell in line])
    return File(name="alerts.csv", kind="text/csv; charset=utf-8", body=b"\xef\xbb\xbf" + text.getvalue().encode())


async def _answer(request: Request, make: object) -> Response:
    token = token_of(request)
    try:
        file = await to_thread.run_sync(_make, request, token, make)
    except WrongRequestError as wrong:
        return PlainTextResponse(str(wrong), status_code=404)
    except StoreError:
        return PlainTextResponse("the database does not answer or refuses", status_code=503)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "private, no-store"}
    return Response(file.body, media_type=file.kind, headers=headers)


def _make(request: Request, token: str, make: object) -> File:
    person = whoami(shared().pool, token)
    if person is None or not callable(make):
        raise WrongRequestError("sign in first")
    made = make(request, token, person)
    assert isinstance(made, File)
    return made


async def readings(request: Request) -> Response:
    """Send readings of a farm over some days."""
    return await _answer(request, _readings)


async def report(request: Request) -> Response:
    """Send the daily report."""
    return await _answer(request, _report)


async def targets(request: Request) -> Response:
    """Send the live targets."""
    return await _answer(request, _targets)


async def alerts(request: Request) -> Response:
    """Send the alerts of thirty days."""
    return await _answer(request, _alert_table)


def bundle_path(folder: Path, file_name: str) -> Path | None:
    """Return the bundle inside the evidence folder, None for any name that would lead out of it."""
    path = (folder / file_name).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None


def _evidence(alert_id: str, token: str) -> Path | None:
    folder = shared().settings.evidence_dir
    with shared().pool.scope(token) as scope:
        if reader.alert(scope, alert_id) is None:
            return None
        bundles = reader_desk.evidence(scope, alert_id)
        found = bundle_path(Path(folder), bundles[0].file_name) if bundles and folder else None
        if found is not None:
            scope.audit("evidence.download", f"alert:{alert_id}", {"file": found.name})
    return found


async def evidence(request: Request) -> Response:
    """Send the newest evidence bundle of an alert to an officer who may see the alert; every download is audited."""
    try:
        alert_id = str(uuid.UUID(request.path_params["alert"]))
    except ValueError:
        return PlainTextResponse("no such alert", status_code=404)
    try:
        found = await to_thread.run_sync(_evidence, alert_id, token_of(request))
    except StoreError:
        return PlainTextResponse("the database does not answer or refuses", status_code=503)
    if found is None:
        return PlainTextResponse("尚未生成证据包。No bundle has been made for this alert yet.", status_code=404)
    return FileResponse(found, filename=found.name, headers={"Cache-Control": "private, no-store"})


def routes() -> list[Route]:
    """Return the routes of this module."""
    return [
        Route("/download/readings.{kind}", readings),
        Route("/download/report.pdf", report),
        Route("/download/targets.geojson", targets),
        Route("/download/alerts.csv", alerts),
        Route("/download/evidence/{alert}", evidence),
    ]
