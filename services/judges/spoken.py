"""Names and times as people say them, for the texts of forecast judges."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

LOCAL = timedelta(hours=8)
"""China's time is eight hours ahead of UTC all year."""


async def cage_names(store: Any) -> Mapping[str, str]:
    """Return what people call each cage: its Chinese name where one is entered, else its id."""
    return {cage.cage_id: cage.name_zh or cage.cage_id for cage in await store.places.cages()}


def clock_zh(at: datetime, now: datetime) -> str:
    """Return an instant as Chinese speak of it within two days: 今日, 明日 or 后日 and the hour, else the date."""
    local = at + LOCAL
    days = (local.date() - (now + LOCAL).date()).days
    day = {0: "今日", 1: "明日", 2: "后日"}.get(days, f"{local.month}月{local.day}日")
    return f"{day}{local:%H}时"


def clock_en(at: datetime) -> str:
    """Return the same for English texts: day, month and hour of China's clock."""
    return f"{at + LOCAL:%d %b %H:00}"
