"""The evidence dossier of one alert as a value, and as an HTML page that needs nothing from outside."""

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

CHINA_TIME = timezone(timedelta(hours=8))
MAP_W, MAP_H, MARGIN = 720, 460, 34
LIMBS = {"name": "船名船号", "certificate": "证书", "port": "船籍港", "match": "身份一致"}
STATES = {"satisfied": "符合", "failed": "不符合", "unknown": "待核实"}


@dataclass(frozen=True, kw_only=True)
class RawSentence:
    """One sentence as received, tag block included, and who heard it."""

    observed_at: datetime
    receiver: str
    text: str


@dataclass(frozen=True, kw_only=True)
class TrackPoint:
    """One position of the target. [deg, kn]"""

    observed_at: datetime
    lat_deg: float
    lon_deg: float
    sog_kn: float | None = None
    cog_deg: float | None = None


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One thing that happened: to the target, to the alert, or by a person."""

    at: datetime
    what: str


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """Everything that proves one alert.

    Parameters
    ----------
    limbs
        name, certificate, port, match: ``state``, ``reason_zh``, ``reason_en``.
    register
        The register row as of the sighting, column to text; empty when there is none.
    decoded
        One row a sentence: time, receiver and every field.
    land
        Rings of the coast, (lon, lat) pairs: a sketch, not for navigation.
    rules
        Rule file, version and SHA-256.
    """

    bundle_no: int
    alert_id: str
    title_zh: str
    title_en: str
    target_id: str
    made_at: datetime
    actor: str
    reason_zh: str
    reason_en: str
    probability: float | None = None
    limbs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reasons_zh: Sequence[str] = ()
    register: Mapping[str, str] = field(default_factory=dict)
    track: Sequence[TrackPoint] = ()
    timeline: Sequence[TimelineEntry] = ()
    raw: Sequence[RawSentence] = ()
    decoded: Sequence[Mapping[str, Any]] = ()
    rules: Sequence[tuple[str, str, str]] = ()
    land: Sequence[Sequence[tuple[float, float]]] = ()
    coast_notice: str = ""

    def limbs_in_order(self) -> list[tuple[str, Mapping[str, str]]]:
        """Return the limbs as the law names them: name, certificates, port, and whether the boat is the same."""
        return [(name, self.limbs[name]) for name in LIMBS if name in self.limbs]


def local(at: datetime) -> str:
    """Return an instant in China's time as people read it."""
    return at.astimezone(CHINA_TIME).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The map's frame: degrees to points on paper, north up, one scale both ways."""

    west: float
    north: float
    scale: float
    shrink: float

    def at(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """Return (x, y) on the map."""
        return (
            MARGIN + (lon_deg - self.west) * self.shrink * self.scale,
            MARGIN + (self.north - lat_deg) * self.scale,
        )


def frame(track: Sequence[TrackPoint]) -> Frame:
    """Return a frame that shows a whole track, at least one nautical mile across."""
    lats, lons = [p.lat_deg for p in track], [p.lon_deg for p in track]
    middle = (min(lats) + max(lats)) / 2
    shrink = max(0.05, math.cos(math.radians(middle)))
    height = max(max(lats) - min(lats), 1 / 60) * 1.25
    width = max(max(lons) - min(lons), 1 / 60 / shrink) * 1.25
    scale = min((MAP_W - 2 * MARGIN) / (width * shrink), (MAP_H - 2 * MARGIN) / height)
    span_w, span_h = (MAP_W - 2 * MARGIN) / (shrink * scale), (MAP_H - 2 * MARGIN) / scale
    return Frame(west=(min(lons) + max(lons)) / 2 - span_w / 2, north=middle + span_h / 2, scale=scale, shrink=shrink)


def page(dossier: Dossier) -> str:
    """Return the dossier as one HTML page in Chinese, headings in both languages, styles and map inside."""
    e = html.escape
    probability = "" if dossier.probability is None else f"<p>概率 probability：{dossier.probability:.0%}</p>"
    parts = [
        f"<h1>{e(dossier.title_zh)}</h1><p class='en'>{e(dossier.title_en)}</p>",
        f"<p class='meta'>证据包 {dossier.bundle_no} · 告警 {e(dossier.alert_id)} · 目标 {e(dossier.target_id)} · "
        f"{local(dossier.made_at)}（北京时间）· {e(dossier.actor)}</p>",
        "<p class='note'>本材料为系统研判的疑似线索，认定以执法人员登临检查为准。"
        "A suspicion by the program; recognition is by officers aboard.</p>",
        f"<h2>结论 Finding</h2><p>{e(dossier.reason_zh)}</p><p class='en'>{e(dossier.reason_en)}</p>{probability}",
        _list("理由 Reasons", dossier.reasons_zh),
        _limb_table(dossier),
        _map(dossier),
        _table("时间线 Timeline", ("时间", "事件"), [(local(t.at), t.what) for t in dossier.timeline]),
        _table("登记 Register row at the time", ("项目", "内容"), list(dossier.register.items())),
        _table("规则 Rules", ("文件", "版本", "SHA-256"), list(dossier.rules)),
        _table(
            "原始报文 Raw sentences",
            ("时间", "接收机", "报文"),
            [(local(r.observed_at), r.receiver, r.text) for r in dossier.raw],
        ),
    ]
    head = f"<head><meta charset='utf-8'><title>{e(dossier.title_zh)}</title>{_STYLE}</head>"
    return f"<!doctype html><html lang='zh-CN'>{head}<body>{''.join(parts)}</body></html>"


_STYLE = (
    "<style>body{font:14px/1.6 'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei',sans-serif;max-width:980px;"
    "margin:2em auto;color:#1b2733}h1{font-size:22px}h2{font-size:16px;border-bottom:1px solid #c9d3dc}"
    "table{border-collapse:collapse;width:100%;font-size:12px}td,th{border:1px solid #c9d3dc;padding:3px 6px;"
    "text-align:left;vertical-align:top;word-break:break-all}.en,.meta{color:#5b6b7a}.note{background:#fff6dd;padding:6px}"
    ".failed{color:#b00020}.satisfied{color:#1b7f3b}</style>"
)


def _list(title: str, items: Sequence[str]) -> str:
    rows = "".join(f"<li>{html.escape(item)}</li>" for item in items)
    return f"<h2>{title}</h2><ol>{rows}</ol>" if items else ""


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return f"<h2>{title}</h2><p class='meta'>无 none</p>"
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(str(c))}</td>" for c in row) + "</tr>" for row in rows)
    return f"<h2>{title}</h2><table><tr>{''.join(f'<th>{h}</th>' for h in head)}</tr>{cells}</table>"


def _limb_table(dossier: Dossier) -> str:
    rows = "".join(
        f"<tr><td>{LIMBS[name]}</td><td class='{html.escape(limb['state'])}'>{STATES.get(limb['state'], '')}</td>"
        f"<td>{html.escape(limb['reason_zh'])}<br>"
        f"<span class='en'>{html.escape(limb.get('reason_en', ''))}</span></td></tr>"
        for name, limb in dossier.limbs_in_order()
    )
    head = "<tr><th>项目 limb</th><th>结论</th><th>依据</th></tr>"
    return f"<h2>三无要件 Limbs</h2><table>{head}{rows}</table>" if rows else ""


def _map(dossier: Dossier) -> str:
    if not dossier.track:
        return "<h2>航迹 Track</h2><p class='meta'>无 none</p>"
    box = frame(dossier.track)
    land = "".join(_polygon(box, ring) for ring in dossier.land)
    points = [box.at(p.lat_deg, p.lon_deg) for p in dossier.track]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    (x0, y0), (x1, y1) = points[0], points[-1]
    mile = box.scale / 60
    labels = _map_label(x0, y0, dossier.track[0], "起 start") + _map_label(x1, y1, dossier.track[-1], "末 last")
    last = dossier.track[-1]
    return (
        f"<h2>航迹 Track</h2><svg viewBox='0 0 {MAP_W} {MAP_H}' width='{MAP_W}' height='{MAP_H}' role='img'>"
        f"<rect width='{MAP_W}' height='{MAP_H}' fill='#e8f1f7'/>{land}"
        f"<polyline points='{way}' fill='none' stroke='#b00020' stroke-width='2'/>"
        f"<circle cx='{x0:.1f}' cy='{y0:.1f}' r='4' fill='#fff' stroke='#b00020'/>"
        f"<circle cx='{x1:.1f}' cy='{y1:.1f}' r='5' fill='#b00020'/>"
        f"<line x1='{MARGIN}' y1='{MAP_H - 14}' x2='{MARGIN + mile:.1f}' y2='{MAP_H - 14}' stroke='#1b2733'/>"
        f"<text x='{MARGIN}' y='{MAP_H - 18}' font-size='11'>1 海里 nmi</text>{labels}</svg>"
        f"<p class='meta'>{local(dossier.track[0].observed_at)} 至 {local(last.observed_at)}，"
        f"最后位置 {last.lat_deg:.5f}°, {last.lon_deg:.5f}°。海岸线示意，不用于导航。"
        f"{html.escape(dossier.coast_notice)}</p>"
    )


def _map_label(x: float, y: float, point: TrackPoint, word: str) -> str:
    """Return a text beside a point of the way: which it is, when, and where."""
    side, at_x = ("end", x - 8) if x > MAP_W / 2 else ("start", x + 8)
    words = f"{word} {local(point.observed_at)[11:16]}  {point.lat_deg:.4f}N {point.lon_deg:.4f}E"
    at_y = max(14.0, y - 8)
    return f"<text x='{at_x:.1f}' y='{at_y:.1f}' font-size='11' text-anchor='{side}'>{words}</text>"


def _polygon(box: Frame, ring: Sequence[tuple[float, float]]) -> str:
    points = " ".join("{:.1f},{:.1f}".format(*box.at(lat, lon)) for lon, lat in ring)
    return f"<polygon points='{points}' fill='#d9d2c0' stroke='#8a7f66' stroke-width='0.6'/>"


def utc_text(at: datetime) -> str:
    """Return an instant as ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
