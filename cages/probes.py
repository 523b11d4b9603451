"""The drift watch's sentence: which probe reads how much low or high since when, and what to do."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cages.drift import Look
from core.finding import Condition, Evidence, Finding, Severity, Subject, SubjectKind
from core.reading import SeriesKey

RULE = "cages.drift"
_LOCAL = ZoneInfo("Asia/Shanghai")
_DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def judge_drift(
    key: SeriesKey, cage_name: str, depth_m: float | None, look: Look, *, version: str, clear_at: float, held: bool
) -> Finding | None:
    """Return a finding while a probe drifts, its end when it was open, None otherwise or when nothing can be said."""
    if not look.active and not (held and abs(look.offset) < clear_at):
        return None
    where_zh = f"{cage_name}{depth_m:g}米层" if depth_m is not None else f"{cage_name}{key.point}"
    where_en = f"{cage_name} at {depth_m:g} m" if depth_m is not None else f"{cage_name} {key.point}"
    low = look.offset < 0
    size = abs(look.offset)
    since = datetime.fromtimestamp(look.since_s, _LOCAL) if look.since_s is not None else None
    if since is not None:
        day_zh, side_zh = f"{since.month}月{since.day}日（{_DAYS[since.weekday()]}）", "低" if low else "高"
        zh = f"{where_zh}溶氧探头自{day_zh}起偏{side_zh}约{size:.1f} mg/L"
        side_en = "low" if low else "high"
        en = f"{where_en}: the oxygen probe reads about {size:.1f} mg/L {side_en} since {since:%a %d %b}"
    else:
        zh, en = f"{where_zh}溶氧探头恢复正常", f"{where_en}: the oxygen probe reads right again"
    return Finding(
        key=f"{RULE}:{key}",
        rule=RULE,
        rule_version=version,
        condition=Condition.ACTIVE if since is not None else Condition.CLEARED,
        severity=Severity.BLUE,
        subject=Subject(kind=SubjectKind.SENSOR, id=str(key), name=f"{where_zh}溶氧探头"),
        observed_at=datetime.fromtimestamp(look.at_s, UTC),
        reason_zh=zh,
        reason_en=en,
        evidence=(
            Evidence(kind="series", ref=str(key), text=f"offset {look.offset:+.2f} mg/L against its neighbours"),
        ),
        values={
            "case": "low" if low else "high",
            "offset_mg_l": round(look.offset, 2),
            "cage": key.cage,
            "point": key.point,
        },
    )
