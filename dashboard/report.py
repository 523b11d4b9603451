"""The one-page daily report as PDF: how each cage was, what was raised and done, what is coming."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from dashboard.i18n import Words

FONT = "STSong-Light"
"""Adobe's standard Chinese font: every PDF reader has it, so nothing is embedded and the page stays a few kB."""
MAX_ROWS = 14
"""More lines than this would need a second page: the rest is counted in a last line."""


@dataclass(frozen=True, kw_only=True)
class DayLine:
    """One quantity of one cage over the day."""

    cage: str
    quantity: str
    low: str
    mean: str
    high: str
    good_pct: str


@dataclass(frozen=True, kw_only=True)
class AlertLine:
    """One alert of the day."""

    at: str
    colour: str
    subject: str
    reason: str
    handling: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything on the page."""

    title: str
    day: date
    summary: Sequence[str]
    lines: Sequence[DayLine]
    alerts: Sequence[AlertLine]
    outlook: Sequence[str]
    made: str


def pdf(report: Report, words: Words) -> bytes:
    """Return the page."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    buffer = io.BytesIO()
    page = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=16 * mm,
        rightMargin=16 * mm,
        topMargin=14 * mm,
        bottomMargin=12 * mm,
        title=f"{report.title} {report.day.isoformat()}",
        author="huangyu",
    )
    body = ParagraphStyle("body", fontName=FONT, fontSize=9.5, leading=14, wordWrap="CJK")
    head = ParagraphStyle("head", parent=body, fontSize=17, leading=23, textColor=colors.HexColor("#0b3a5b"))
    part = ParagraphStyle(
        "part", parent=body, fontSize=11.5, leading=17, spaceBefore=7, textColor=colors.HexColor("#0b4f7a")
    )

    def text(value: str, style: ParagraphStyle = body) -> Paragraph:
        return Paragraph(escape(value), style)

    parts: list[Flowable] = [
        text(f"{report.title} · {words('Daily report')}", head),
        text(report.day.isoformat()),
        Spacer(1, 4),
    ]
    parts += [text(line) for line in report.summary]
    parts += [text(words("The day"), part), _days(report.lines, words)]
    parts += [text(words("Alerts"), part), _alerts(report.alerts, words)]
    parts += [
        text(words("What is coming"), part),
        *(text(line) for line in report.outlook[:6] or (words("No forecast."),)),
    ]
    parts += [Spacer(1, 6), text(words("Made by huangyu at {at}. Local time, Asia/Shanghai.", at=report.made))]
    page.build(parts)
    return buffer.getvalue()


def _days(lines: Sequence[DayLine], words: Words) -> Flowable:
    head = [words("Cage"), words("Quantity"), words("Lowest"), words("Mean"), words("Highest"), words("Good data")]
    rows = [[x.cage, x.quantity, x.low, x.mean, x.high, x.good_pct] for x in lines[:MAX_ROWS]]
    return _table([head, *rows], [30, 46, 25, 25, 25, 27], more=len(lines) - MAX_ROWS, words=words)


def _alerts(lines: Sequence[AlertLine], words: Words) -> Flowable:
    head = [words("Time"), words("Colour"), words("Where"), words("What"), words("Handling")]
    rows = [[x.at, x.colour, x.subject[:14], x.reason[:38], x.handling[:14]] for x in lines[:MAX_ROWS]]
    return _table([head, *rows], [22, 16, 32, 80, 28], more=len(lines) - MAX_ROWS, words=words)


def _table(rows: list[list[str]], widths_mm: list[float], *, more: int, words: Words) -> Flowable:
    if len(rows) == 1:
        rows = [*rows, [words("none")] + [""] * (len(rows[0]) - 1)]
    if more > 0:
        rows = [*rows, [words("and {n} more", n=more)] + [""] * (len(rows[0]) - 1)]
    table = Table(rows, colWidths=[w * mm for w in widths_mm], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), FONT, 8.5),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e9eff3")),
                ("LINEBELOW", (0, 0), (-1, -1), 0.3, colors.HexColor("#cfdae2")),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    return table
