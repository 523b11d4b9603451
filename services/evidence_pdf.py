"""The dossier as PDF: Chinese text in an embedded font, so that it shows and copies anywhere."""

import importlib.util
import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos

from core.errors import ConfigError
from vessels.dossier import LIMBS, MAP_H, MAP_W, STATES, Dossier, Frame, frame, local

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
    pdf.limbs()
    pdf.map()
    pdf.table("时间线 Timeline", ("时间", "事件"), (38, 142), [(local(t.at), t.what) for t in dossier.timeline])
    pdf.table("登记 Register row at the time", ("项目", "内容"), (48, 132), list(dossier.register.items()))
    pdf.table("规则 Rules", ("文件", "版本", "SHA-256"), (44, 30, 106), list(dossier.rules))
    rows = [(local(r.observed_at), r.receiver, r.text) for r in dossier.raw[:MAX_ROWS]]
    pdf.table("原始报文 Raw sentences", ("时间", "接收机", "报文"), (36, 20, 124), rows)
    if len(dossier.raw) > MAX_ROWS:
        pdf.line(f"其余 {len(dossier.raw) - MAX_ROWS} 条见 raw.nmea。The rest is in raw.nmea.")
    out = io.BytesIO()
    pdf.pdf.output(out)
    return out.getvalue()


class _Page:
    """A4 pages being written top down."""

    def __init__(self, dossier: Dossier, font: Path, face: int) -> None:
        self.dossier = dossier
        self.pdf = FPDF(format="A4")
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
        for number, reason in enumerate(d.reasons_zh, start=1):
            self.line(f"{number}. {reason}")

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
        self.heading("航迹 Track")
        if not track:
            self.line("无 none", grey=110)
            return
        scale = 180 / MAP_W
        if self.pdf.get_y() + MAP_H * scale > 275:
            self.pdf.add_page()
        top, box = self.pdf.get_y(), frame(track)
        with self.pdf.local_context(), self.pdf.rect_clip(15, top, 180, MAP_H * scale):
            self.pdf.set_fill_color(232, 241, 247)
            self.pdf.rect(15, top, 180, MAP_H * scale, style="F")
            self._land(box, top, scale)
            self._way(box, top, scale)
        self.pdf.set_y(top + MAP_H * scale + 1)
        last = track[-1]
        self.line(
            f"{local(track[0].observed_at)} 至 {local(last.observed_at)}，最后位置 "
            f"{last.lat_deg:.5f}°, {last.lon_deg:.5f}°；标尺 1 海里。海岸线示意，不用于导航。",
            size=8, grey=110,
        )  # fmt: skip
        if self.dossier.coast_notice:
            self.line(self.dossier.coast_notice, size=7, grey=130)

    def _land(self, box: Frame, top: float, scale: float) -> None:
        self.pdf.set_fill_color(217, 210, 192)
        self.pdf.set_draw_color(138, 127, 102)
        self.pdf.set_line_width(0.1)
        for ring in self.dossier.land:
            points = [self._point(box, lat, lon, top, scale) for lon, lat in ring]
            if len(points) > 2:
                self.pdf.polygon(points, style="DF")

    def _way(self, box: Frame, top: float, scale: float) -> None:
        points = [self._point(box, p.lat_deg, p.lon_deg, top, scale) for p in self.dossier.track]
        self.pdf.set_draw_color(176, 0, 32)
        self.pdf.set_line_width(0.5)
        if len(points) > 1:
            self.pdf.polyline(points)
        self.pdf.set_fill_color(176, 0, 32)
        x, y = points[-1]
        self.pdf.ellipse(x - 1.2, y - 1.2, 2.4, 2.4, style="F")
        self.pdf.set_draw_color(27, 39, 51)
        bottom = top + (MAP_H - 14) * scale
        self.pdf.line(23, bottom, 23 + box.scale / 60 * scale, bottom)

    def _point(self, box: Frame, lat: float, lon: float, top: float, scale: float) -> tuple[float, float]:
        x, y = box.at(lat, lon)
        return 15 + x * scale, top + y * scale
