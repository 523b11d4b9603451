"""The light page: what a phone on a slow link needs, in a few hundred words and one small picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cages.limits import CageLimits
from dashboard.i18n import Words
from dashboard.look import STATES
from dashboard.views.cage_cards import CageCard, Figure
from dashboard.views.cage_page import outlook
from dashboard.views.limits import limits_of
from store.reader import AlertRow
from store.reader_cages import FanRow, RiskRow

WIDTH, HEIGHT = 240.0, 60.0
SPARK_STEP_H = 2
"""Every second hour is enough for a line 240 units wide, and halves the bytes."""
WARNING = 2


@dataclass(frozen=True, kw_only=True)
class Spark:
    """Paths of the small picture: the 80 % band, the middle, the warning limit."""

    band: str
    middle: str
    limit: str


@dataclass(frozen=True, kw_only=True)
class Ack:
    """A button: which alert, in which version, and what it says."""

    alert_id: str
    version: int
    word: str


@dataclass(frozen=True, kw_only=True)
class LightCard:
    """One section of the light page."""

    name: str
    href: str
    word: str
    shape: str
    colour: str
    ink: str
    figures: tuple[Figure, ...]
    spark: Spark | None
    outlook: str
    advice: str
    reason: str
    acks: tuple[Ack, ...]
    age: str


def spark(fan: Sequence[FanRow], *, now: datetime, limits: CageLimits) -> Spark | None:
    """Return the paths of the forecast with the cage's own warning limit; None without a forecast."""
    rows = [row for row in fan if row.valid_at > now][::SPARK_STEP_H]
    if len(rows) < 3:
        return None
    limit = next((x.value for x in limits_of(rows[0].quantity, limits) if x.severity == WARNING), None)
    values = [r.q10 for r in rows] + [r.q90 for r in rows] + ([limit] if limit is not None else [])
    low, high = min(values), max(values)

    def point(n: int, value: float) -> str:
        return f"{n * WIDTH / (len(rows) - 1):.0f} {HEIGHT - (value - low) / max(high - low, 0.1) * HEIGHT:.0f}"

    upper = [point(n, r.q90) for n, r in enumerate(rows)]
    lower = [point(n, r.q10) for n, r in enumerate(rows)]
    return Spark(
        band="M" + "L".join(upper + lower[::-1]) + "Z",
        middle="M" + "L".join(point(n, r.q50) for n, r in enumerate(rows)),
        limit="" if limit is None else f"M{point(0, limit)}L{point(len(rows) - 1, limit)}",
    )


def _ack_word(alert: AlertRow, of: int, words: Words) -> str:
    """Return "received", with the beginning of the reason where there are several buttons."""
    if of < 2:
        return words("Acknowledge")
    return words("Received: {what}", what=words.pick(alert.reason_zh, alert.reason_en)[:14])


def light_card(
    card: CageCard,
    alerts: Sequence[AlertRow],
    fan: Sequence[FanRow],
    risks: Sequence[RiskRow],
    *,
    now: datetime,
    words: Words,
    link: bool,
    limits: CageLimits,
) -> LightCard:
    """Return one section; `link` leads on to the cage's own light page."""
    look = STATES[card.state]
    drawn = None if link else spark(fan, now=now, limits=limits)
    acks = tuple(
        Ack(alert_id=a.alert_id, version=a.version, word=_ack_word(a, len(alerts), words))
        for a in alerts
        if a.handling in {"raised", "notified"}
    )
    return LightCard(
        name=card.name,
        href=f"/m/cage/{card.cage_id}" if link else "",
        word=words(look.word),
        shape=look.shape,
        colour=look.strong,
        ink=look.ink,
        figures=card.figures,
        spark=drawn,
        outlook=outlook(fan, risks, now=now, words=words) if drawn else "",
        advice=card.advice,
        reason=card.reason if card.reason != card.advice else "",
        acks=acks,
        age=card.age,
    )
