"""The dossier as PDF: Chinese text in an embedded font, so that it shows and copies anywhere."""

import importlib.util
import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos

from core.errors import ConfigError
from vessels.dossier import LIMBS, SIGNATURES, STATES, Dossier, local
from vessels.dossier_map import MAP_H, MAP_W, MARGIN, Frame, caption, frame_of, grid, words

FONTS = (
    (Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"), 2),
    (Path("/usr/share/fonts/opentype/noto-cjk/NotoSansCJK-Regular.ttc"), 2),
    (Path("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc"), 2),
)
"""System fonts of Noto Sans CJK (face 2 is the one for simplified Chinese), tried before the packaged one."""
_PACKAGE, _PACKAGED = "cvttf_NotoSansCJK_Regular", "NotoSansCJKtc-Regular.otf"
MAX_ROWS = 400
"""Raw sentences printed; all of them are in raw.nmea."""


@lru_cache(maxsize=1)
def chinese_font() -> tuple[Path, int]:
    """Return a font with Chinese glyphs and its face in the file; ConfigError when there is none."""
    for path, face in FONTS:
        if path.is_file():
            return path, face
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).with_name(_PACKAGED)
        if path.is_file():
            return path, 0
    raise ConfigError(
        "没有中文字体，证据 PDF 无法生成。No font with Chinese glyphs: install Debian's fonts-noto-cjk, "
        "or the package cvttf-NotoSansCJK-Regular."
    )


def render(dossier: Dossier, font: Path | None = None) -> bytes:
    """Return the PDF of a dossier; `font` overrides the search for a Chinese font."""
    pdf = _Page(dossier, *((font, 0) if font is not None else chinese_font()))
    pdf.head()
    pdf.reasons()
    pdf.table("目标 Target", ("项目", "内容"), (48, 132), list(dossier.particulars))
    pdf.limbs()
    pdf.map()
    pdf.table("时间线 Timeline", ("时间", "事件"), (38, 142), [(local(t.at), t.what) for t in dossier.timeline])
    pdf.table(dossier.register_title, ("项目", "内容"), (48, 132), dossier.register_rows())
    pdf.table("研判规则 Rules", ("文件", "版本", "SHA-256"), (44, 30, 106), list(dossier.rules))
    rows = [(local(r.observed_at), r.receiver, r.text) for r in dossier.raw[:MAX_ROWS]]
    pdf.table("原始报文 Raw sentences", ("时间", "接收机", "报文"), (36, 20, 124), rows)
    if len(dossier.raw) > MAX_ROWS:
        pdf.line(f"其余 {len(dossier.raw) - MAX_ROWS} 条见 raw.nmea。The rest is in raw.nmea.")
    pdf.signatures()
    out = io.BytesIO()
    pdf.pdf.output(out)
    return out.getvalue()


class _Paper(FPDF):
    """A4 with the bundle's number and the page's at the foot of each page."""

    foot = ""

    def footer(self) -> None:
        """Write the foot of a page."""
        self.set_y(-12)
        self.set_font("cjk", size=8)
        self.set_text_color(120)
        self.cell(0, 5, f"{self.foot} · 第 {self.page_no()} 页 共 {{nb}} 页", align="C")


class _Page:
    """A4 pages being written top down."""

    def __init__(self, dossier: Dossier, font: Path, face: int) -> None:
        self.dossier = dossier
        self.pdf = _Paper(format="A4")
        self.pdf.foot = f"证据包 {dossier.bundle_no} · 告警 {dossier.alert_id}"
        self.pdf.set_creation_date(dossier.made_at)
        self.pdf.set_title(dossier.title_zh)
        self.pdf.set_lang("zh-CN")
        self.pdf.set_auto_page_break(True, margin=16)
        self.pdf.add_font("cjk", fname=font, collection_font_number=face)
        self.pdf.set_margins(15, 15, 15)
        self.pdf.add_page()

    def line(self, text: str, size: float = 9.5, grey: int = 30) -> None:
        self.pdf.set_font("cjk", size=size)
        self.pdf.set_text_color(grey)
        self.pdf.multi_cell(0, size * 0.52, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode=WrapMode.CHAR)

    def heading(self, text: str) -> None:
        self.pdf.ln(2)
        self.line(text, size=12)
        self.pdf.set_draw_color(190)
        self.pdf.line(15, self.pdf.get_y(), 195, self.pdf.get_y())
        self.pdf.ln(1)

    def head(self) -> None:
        d = self.dossier
        self.line(d.title_zh, size=17)
        self.line(d.title_en, grey=110)
        self.line(f"证据包 {d.bundle_no} · 告警 {d.alert_id} · 目标 {d.target_id}", grey=110)
        self.line(f"{local(d.made_at)}（北京时间） · {d.actor}", grey=110)
        self.line("本材料为系统研判的疑似线索，认定以执法人员登临检查为准。", size=9, grey=90)
        self.line("A suspicion by the program; recognition is by officers aboard.", size=9, grey=90)

    def reasons(self) -> None:
        d = self.dossier
        self.heading("结论 Finding")
        self.line(d.reason_zh, size=11)
        self.line(d.reason_en, grey=110)
        if d.probability is not None:
            self.line(f"概率 probability：{d.probability:.0%}")
        for reason in d.reasons_zh:
            if reason not in d.reason_zh:
                self.line(f"· {reason}")

    def limbs(self) -> None:
        rows = [
            (LIMBS[name], STATES.get(limb["state"], ""), limb["reason_zh"])
            for name, limb in self.dossier.limbs_in_order()
        ]
        if rows:
            self.table("三无要件 Limbs", ("项目", "结论", "依据"), (30, 24, 126), rows)

    def table(self, title: str, head: Sequence[str], widths: Sequence[int], rows: Sequence[Sequence[object]]) -> None:
        self.heading(title)
        if not rows:
            self.line("无 none", grey=110)
            return
        self.pdf.set_font("cjk", size=8)
        self.pdf.set_text_color(30)
        self.pdf.set_draw_color(200)
        self.pdf.set_fill_color(255)
        with self.pdf.table(
            col_widths=tuple(widths),
            line_height=4.2,
            text_align="LEFT",
            wrapmode=WrapMode.CHAR,
            first_row_as_headings=False,
        ) as table:
            for row in (head, *rows):
                cells = table.row()
                for cell in row:
                    cells.cell(str(cell))

    def map(self) -> None:
        track = self.dossier.track
        scale = 180 / MAP_W
        if track and self.pdf.get_y() + MAP_H * scale > 260:
            self.pdf.add_page()
        self.heading("航迹 Track")
        if not track:
            self.line("无 none", grey=110)
            return
        top, box = self.pdf.get_y(), frame_of(self.dossier)
        with self.pdf.local_context(), self.pdf.rect_clip(15, top, 180, MAP_H * scale):
            self.pdf.set_fill_color(232, 241, 247)
            self.pdf.rect(15, top, 180, MAP_H * scale, style="F")
            self._land(box, top, scale)
            self._grid(box, top, scale)
            self._places(box, top, scale)
            self._way(box, top, scale)
        self.pdf.set_y(top + MAP_H * scale + 1)
        self.line(f"{caption(self.dossier)}标尺 {box.bar_nm} 海里。", size=8, grey=110)
        if self.dossier.coast_notice:
            self.line(self.dossier.coast_notice, size=7, grey=130)

    def _grid(self, box: Frame, top: float, scale: float) -> None:
        self.pdf.set_draw_color(157, 179, 194)
        self.pdf.set_line_width(0.1)
        for line in grid(box):
            if line.upright:
                x = 15 + line.at * scale
                self.pdf.line(x, top, x, top + MAP_H * scale)
                self._text(x + 0.8, top + MAP_H * scale - 1, line.label, 6, 110)
            else:
                y = top + line.at * scale
                self.pdf.line(15, y, 195, y)
                self._text(15.8, y - 0.8, line.label, 6, 110)

    def _places(self, box: Frame, top: float, scale: float) -> None:
        for place in self.dossier.places:
            if box.shows(place.lat_deg, place.lon_deg):
                self._text(*self._point(box, place.lat_deg, place.lon_deg, top, scale), place.name, 7, 70, middle=True)

    def _text(self, x: float, y: float, text: str, size: float, grey: int, *, middle: bool = False) -> None:
        self.pdf.set_font("cjk", size=size)
        self.pdf.set_text_color(grey)
        self.pdf.text(x - (self.pdf.get_string_width(text) / 2 if middle else 0), y, text)

    def signatures(self) -> None:
        """Leave room for those who take the dossier into a case file."""
        if self.pdf.get_y() > 250:
            self.pdf.add_page()
        self.pdf.ln(10)
        self.line("        ".join(f"{word}：________________" for word in SIGNATURES), size=10)

    def _land(self, box: Frame, top: float, scale: float) -> None:
        self.pdf.set_fill_color(217, 210, 192)
        self.pdf.set_draw_color(138, 127, 102)
        self.pdf.set_line_width(0.1)
        for ring in self.dossier.land:
            points = [self._point(box, lat, lon, top, scale) for lon, lat in ring]
            if len(points) > 2 and box.touches(ring):
                self.pdf.polygon(points, style="DF")

    def _way(self, box: Frame, top: float, scale: float) -> None:
        points = [self._point(box, p.lat_deg, p.lon_deg, top, scale) for p in self.dossier.track]
        self.pdf.set_draw_color(176, 0, 32)
        self.pdf.set_line_width(0.5)
        if len(points) > 1:
            self.pdf.polyline(points)
        self.pdf.set_fill_color(255)
        x, y = points[0]
        self.pdf.ellipse(x - 1, y - 1, 2, 2, style="DF")
        self.pdf.set_fill_color(176, 0, 32)
        x, y = points[-1]
        self.pdf.ellipse(x - 1.2, y - 1.2, 2.4, 2.4, style="F")
        southward = points[-1][1] >= points[0][1]
        self._beside(points[0], words(self.dossier.track[0], "起 start"), below=not southward)
        self._beside(points[-1], words(self.dossier.track[-1], "末 last"), below=southward)
        self.pdf.set_draw_color(27, 39, 51)
        bottom, left = top + (MAP_H - 14) * scale, 15 + MARGIN * scale
        self.pdf.line(left, bottom, left + box.bar_nm * box.mile * scale, bottom)

    def _beside(self, point: tuple[float, float], text: str, *, below: bool) -> None:
        self.pdf.set_font("cjk", size=7)
        left = point[0] - self.pdf.get_string_width(text) - 2 if point[0] > 105 else point[0] + 2
        self._text(left, point[1] + (3.6 if below else -1.8), text, 7, 30)

    def _point(self, box: Frame, lat: float, lon: float, top: float, scale: float) -> tuple[float, float]:
        x, y = box.at(lat, lon)
        return 15 + x * scale, top + y * scale
