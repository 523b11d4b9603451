"""A dossier as one HTML page that needs nothing from outside: on a phone, at a desk, on paper."""

import html
from collections.abc import Sequence

from vessels import dossier_map
from vessels.dossier import LIMBS, SIGNATURES, STATES, Dossier, local


def page(dossier: Dossier) -> str:
    """Return the dossier in Chinese, headings in both languages, styles and map inside."""
    e = html.escape
    parts = [
        f"<h1>{e(dossier.title_zh)}</h1><p class='en'>{e(dossier.title_en)}</p>",
        f"<p class='meta'>证据包 {dossier.bundle_no} · 告警 {e(dossier.alert_id)} · 目标 {e(dossier.target_id)} · "
        f"{local(dossier.made_at)}（北京时间）· {e(dossier.actor)}</p>",
        "<p class='note'>本材料为系统研判的疑似线索，认定以执法人员登临检查为准。"
        "<br>A suspicion by the program; recognition is by officers aboard.</p>",
        _finding(dossier),
        _table("目标 Target", ("项目", "内容"), dossier.particulars, "pairs"),
        _limb_table(dossier),
        _map(dossier),
        _table("时间线 Timeline", ("时间", "事件"), [(local(t.at), t.what) for t in dossier.timeline], "times"),
        _table(dossier.register_title, ("项目", "内容"), dossier.register_rows(), "pairs"),
        _table("研判规则 Rules", ("文件", "版本", "SHA-256"), list(dossier.rules), "rules"),
        _table(
            f"原始报文 Raw sentences（{len(dossier.raw)}）", ("时间", "接收机", "报文"),
            [(local(r.observed_at), r.receiver, r.text) for r in dossier.raw], "raw",
        ),
        _signatures(),
    ]  # fmt: skip
    head = (
        "<head><meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{e(dossier.title_zh)}</title>{_STYLE}</head>"
    )
    return f"<!doctype html><html lang='zh-CN'>{head}<body>{''.join(parts)}</body></html>"


_STYLE = (
    "<style>body{font:14px/1.6 'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei',sans-serif;max-width:980px;"
    "margin:0 auto;padding:20px 16px;color:#1b2733}h1{font-size:22px;margin:0}h2{font-size:16px;margin:1.4em 0 .5em;"
    "border-bottom:1px solid #c9d3dc}p{margin:.4em 0}table{border-collapse:collapse;width:100%;font-size:12px}"
    "td,th{border:1px solid #c9d3dc;padding:3px 6px;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{background:#f2f6f9}thead{display:table-header-group}tr{break-inside:avoid}svg{width:100%;height:auto}"
    ".en,.meta{color:#5b6b7a;overflow-wrap:anywhere}.note{background:#fff6dd;padding:6px}.lead{font-size:16px}"
    ".failed{color:#b00020;font-weight:600}.satisfied{color:#1b7f3b}.pairs td:first-child{width:11em}"
    ".times td:first-child,.raw td:first-child{width:9.5em;white-space:nowrap}.raw td:nth-child(2){width:5em}"
    ".raw{font-family:monospace}.rules td:nth-child(2){white-space:nowrap}"
    ".sign{display:flex;flex-wrap:wrap;gap:12px 32px;margin-top:2em;break-inside:avoid}"
    ".sign span{flex:1 0 13em;border-bottom:1px solid #1b2733;padding-bottom:2.2em}"
    "@media(max-width:600px){.raw td:first-child,.times td:first-child{width:5.5em;white-space:normal}"
    ".pairs td:first-child{width:7.5em}}"
    "@page{size:A4;margin:15mm}@media print{body{padding:0;max-width:none}h2{break-after:avoid}svg{max-height:110mm}}"
    "</style>"
)


def _finding(dossier: Dossier) -> str:
    e = html.escape
    chance = "" if dossier.probability is None else f"<p>概率 probability：{dossier.probability:.0%}</p>"
    more = [reason for reason in dossier.reasons_zh if reason not in dossier.reason_zh]
    listed = f"<ul>{''.join(f'<li>{e(reason)}</li>' for reason in more)}</ul>" if more else ""
    return (
        f"<h2>结论 Finding</h2><p class='lead'>{e(dossier.reason_zh)}</p><p class='en'>{e(dossier.reason_en)}</p>"
        f"{chance}{listed}"
    )


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]], style: str) -> str:
    if not rows:
        return f"<h2>{title}</h2><p class='meta'>无 none</p>"
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(str(c))}</td>" for c in row) + "</tr>" for row in rows)
    heads = "".join(f"<th>{h}</th>" for h in head)
    return (
        f"<h2>{html.escape(title)}</h2><table class='{style}'><thead><tr>{heads}</tr></thead>"
        f"<tbody>{cells}</tbody></table>"
    )


def _limb_table(dossier: Dossier) -> str:
    rows = "".join(
        f"<tr><td>{LIMBS[name]}</td><td class='{html.escape(limb['state'])}'>{STATES.get(limb['state'], '')}</td>"
        f"<td>{html.escape(limb['reason_zh'])}<br>"
        f"<span class='en'>{html.escape(limb.get('reason_en', ''))}</span></td></tr>"
        for name, limb in dossier.limbs_in_order()
    )
    head = "<thead><tr><th>项目 limb</th><th>结论</th><th>依据</th></tr></thead>"
    return f"<h2>三无要件 Limbs</h2><table class='pairs'>{head}<tbody>{rows}</tbody></table>" if rows else ""


def _map(dossier: Dossier) -> str:
    if not dossier.track:
        return "<h2>航迹 Track</h2><p class='meta'>无 none</p>"
    under = f"{dossier_map.caption(dossier)}{dossier.coast_notice}"
    return f"<h2>航迹 Track</h2>{dossier_map.svg(dossier)}<p class='meta'>{html.escape(under)}</p>"


def _signatures() -> str:
    return "<div class='sign'>" + "".join(f"<span>{word}：</span>" for word in SIGNATURES) + "</div>"
