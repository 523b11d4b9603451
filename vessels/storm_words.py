"""Words of a storm warning: times in China, and what the skipper is to do."""

from datetime import datetime, timedelta, timezone

from core.finding import Severity
from vessels.storm_plan import Plan

CHINA = timezone(timedelta(hours=8))


def clock(at: datetime) -> str:
    """Return day and time in China."""
    local = at.astimezone(CHINA)
    return f"{local.day}日{local.hour:02d}:{local.minute:02d}"


def clock_en(at: datetime) -> str:
    """Return day, month and time in China."""
    return at.astimezone(CHINA).strftime("%d %b %H:%M")


def window_zh(from_at: datetime, until_at: datetime | None) -> str:
    """Return the span in which limits are passed; the day of the end is said only when it is another one."""
    if until_at is None:
        return f"{clock(from_at)}起"
    same = from_at.astimezone(CHINA).date() == until_at.astimezone(CHINA).date()
    return f"{clock(from_at)}至{f'{until_at.astimezone(CHINA):%H:%M}' if same else clock(until_at)}"


def window_en(from_at: datetime, until_at: datetime | None) -> str:
    """Return the same in English."""
    return f"From {clock_en(from_at)}" + ("" if until_at is None else f" to {clock_en(until_at)}")


def advice_zh(way: Plan | None, severity: Severity) -> str:
    """Return what the skipper is told."""
    if way is None:
        return "请立即就近避风，并与值班室联系"
    where = f"{way.route.shelter.name_zh}{way.route.distance_nm:.0f}海里约{way.duration_h:.1f}小时"
    if severity is Severity.RED or way.latest_departure_at is None:
        return f"已过最晚返航时间，立即避风：{where}" + ("（已在返航）" if way.homeward else "")
    return f"最晚{clock(way.latest_departure_at)}前返航至{where}" + ("（已在返航）" if way.homeward else "")


def advice_en(way: Plan | None, severity: Severity) -> str:
    """Return what the skipper is told, in English."""
    if way is None:
        return "Take the nearest shelter now and call the duty desk"
    where = f"{way.route.shelter.name_en}, {way.route.distance_nm:.0f} nmi, about {way.duration_h:.1f} h"
    if severity is Severity.RED or way.latest_departure_at is None:
        return f"The time to leave has passed: make for shelter now: {where}"
    return f"Leave before {clock_en(way.latest_departure_at)} for {where}"
