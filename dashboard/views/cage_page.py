"""One cage's page: which series to chart, how far each sensor can be trusted, what is coming in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.qc import QcFlag
from core.units import QUANTITIES
from dashboard.i18n import Words, mark
from dashboard.look import State, severity_badge
from dashboard.times import ago, clock
from dashboard.views.cage_cards import OLD_S, SHORT
from store.reader import CageRow, LatestRow
from store.reader_cages import FanRow, RiskRow

CHARTED = ("do_mg_l", "hs_m", "wind_mps")
INTEREST = (
    "do_mg_l",
    "water_temp_c",
    "salinity_psu",
    "hs_m",
    "wind_mps",
    "current_mps",
    "tension_kn",
    "do_sat_pct",
    "ph",
)
QC_STATES = {
    QcFlag.GOOD: (State.GOOD, mark("Good")),
    QcFlag.UNKNOWN: (State.UNKNOWN, mark("Not checked")),
    QcFlag.SUSPECT: (State.YELLOW, mark("Suspect")),
    QcFlag.FAIL: (State.RED, mark("Failed")),
    QcFlag.MISSING: (State.UNKNOWN, mark("Missing")),
}
CLOCK_UNSYNCED = 0


@dataclass(frozen=True, kw_only=True)
class SensorLine:
    """One line of the sensor table."""

    label: str
    value: str
    state: State
    word: str
    age: str


def point_word(point: str, words: Words) -> str:
    """Return a measuring point as people say it: 2 米, 气象, 波浪."""
    known = {
        "met": mark("weather"),
        "wave": mark("waves"),
        "cur": mark("current"),
        "power": mark("power"),
        "gps": mark("position"),
        "act": mark("switch"),
    }
    if point in known:
        return words(known[point])
    if point[:1] == "d" and point[1:].replace(".", "", 1).isdigit():
        return words("{m} m deep", m=point[1:])
    if point[:1] == "m" and point[1:].isdigit():
        return words("line {n}", n=point[1:])
    return point


def quantity_word(quantity: str, words: Words) -> str:
    """Return a quantity as people say it."""
    known = QUANTITIES.get(quantity)
    return quantity if known is None else words.pick(known.zh, SHORT.get(quantity, known.en.capitalize()))


MOST_LINES = 12
"""More lines in one chart than this cannot be told apart."""


def lines_of(
    latest: Sequence[LatestRow], quantity: str, cage: CageRow, farm: Sequence[CageRow], words: Words
) -> dict[int, str]:
    """Return series and name of each line of a chart: the cage's own points, then those of the farm's other cages."""
    own = {
        r.series_id: point_word(r.point, words) for r in latest if (r.cage_id, r.quantity) == (cage.cage_id, quantity)
    }
    if not farm:
        return own
    names = {c.cage_id: words.pick(c.name_zh, c.name_en) for c in farm}
    rows = sorted(
        (r for r in latest if r.quantity == quantity and r.cage_id in names),
        key=lambda r: (r.cage_id != cage.cage_id, r.cage_id),
    )
    return {r.series_id: f"{names[r.cage_id]} · {point_word(r.point, words)}" for r in rows[:MOST_LINES]}


def sensors(latest: Sequence[LatestRow], *, now: datetime, words: Words) -> list[SensorLine]:
    """Return every series of the cage with its value, trust and age."""
    return [_sensor(row, now, words) for row in latest]


def _sensor(row: LatestRow, now: datetime, words: Words) -> SensorLine:
    quantity = QUANTITIES.get(row.quantity)
    decimals, symbol = (quantity.decimals, quantity.symbol) if quantity else (2, row.unit)
    state, word = QC_STATES[QcFlag(row.qc)]
    if (now - row.observed_at).total_seconds() > OLD_S:
        state, word = State.UNKNOWN, mark("Old")
    elif row.clock == CLOCK_UNSYNCED:
        state, word = State.YELLOW, mark("Clock not set")
    value = "–" if row.value is None else f"{row.value:.{decimals}f} {symbol}".strip()
    label = f"{quantity_word(row.quantity, words)} · {point_word(row.point, words)}"
    return SensorLine(
        label=label, value=value, state=state, word=words(word), age=ago(row.observed_at, now=now, words=words)
    )


def by_interest(latest: Sequence[LatestRow]) -> list[str]:
    """Return the quantities of a cage, those that decide about fish and nets first."""
    known = dict.fromkeys(row.quantity for row in latest)
    return sorted(known, key=lambda q: INTEREST.index(q) if q in INTEREST else len(INTEREST))


def lowest_point(latest: Sequence[LatestRow], quantity: str) -> str | None:
    """Return the point whose reading matters most: the lowest oxygen, else the first point of the quantity."""
    rows = [row for row in latest if row.quantity == quantity]
    if not rows:
        return None
    if quantity == "do_mg_l":
        return min(rows, key=lambda r: r.value if r.value is not None else 99.0).point
    return rows[0].point


NEAR_H = 48
"""What is said in one sentence concerns this much; charts of waves and wind go on as far as the grid does. [h]"""
LIKELY = 0.1
"""A chance below this is not what people should read first."""


def outlook(fan: Sequence[FanRow], risks: Sequence[RiskRow], *, now: datetime, words: Words) -> str:
    """Return what is coming: the lowest (oxygen) or highest (waves, wind) middle value, the risk, what is amiss."""
    ahead = [row for row in fan if now < row.valid_at <= now + timedelta(hours=NEAR_H)]
    if not ahead:
        return words("No forecast yet: it needs a day of good readings.")
    quantity = QUANTITIES[ahead[0].quantity]
    low = ahead[0].quantity == "do_mg_l"
    row = min(ahead, key=lambda r: r.q50) if low else max(ahead, key=lambda r: r.q50)
    shown = {"value": f"{row.q50:.{quantity.decimals}f} {quantity.symbol}", "at": clock(row.valid_at, now=now)}
    text = (
        words("Lowest in the next 48 h: {value} around {at}.", **shown)
        if low
        else words("Highest in the next 48 h: {value} around {at}.", **shown)
    )
    worst = gravest([r for r in risks if r.quantity == ahead[0].quantity])
    if worst is not None:
        text += words(
            " Chance of {side} {limit} {unit} within {h} h: {p} %.",
            side=words("below") if worst.below else words("above"),
            limit=f"{worst.limit_value:g}",
            unit=quantity.symbol,
            h=worst.window_h,
            p=round(worst.probability * 100),
        )
    notice = words.pick(ahead[0].notice_zh, ahead[0].notice_en)
    return text + (words(" Note: {notice}.", notice=notice.rstrip("。.")) if notice else "")


def gravest(risks: Sequence[RiskRow]) -> RiskRow | None:
    """Return the risk to be told first: the gravest colour that is likely at all, else the likeliest."""
    likely = [r for r in risks if r.probability >= LIKELY]
    return max(likely or risks, key=lambda r: (bool(likely) and (r.severity or 0), r.probability), default=None)


def chances(risks: Sequence[RiskRow], *, now: datetime, words: Words) -> list[tuple[object, ...]]:
    """Return a line a limit: colour, limit, chance within each window, likely start, hours beyond, worst hour."""
    windows = sorted({r.window_h for r in risks})
    lines: list[tuple[object, ...]] = []
    for limit in sorted({(r.severity or 0, r.limit_value) for r in risks}):
        own = {r.window_h: r for r in risks if (r.severity or 0, r.limit_value) == limit}
        longest = own[max(own)]
        sign = words("below") if longest.below else words("above")
        lines.append(
            (
                severity_badge(limit[0], words) if limit[0] else "",
                f"{sign} {limit[1]:g} {QUANTITIES[longest.quantity].symbol}",
                *(f"{own[w].probability:.0%}" if w in own else "–" for w in windows),
                _start(longest, now, words),
                f"{longest.expected_hours:.1f} h",
                clock(longest.worst_at, now=now) if longest.probability >= LIKELY else "–",
            )
        )
    return lines


def chance_table(
    risks: Sequence[RiskRow], *, now: datetime, words: Words
) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Return heads and lines of the table of chances."""
    within = [words("within {h} h", h=window) for window in sorted({r.window_h for r in risks})]
    heads = (words("Colour"), words("Limit"), *within, words("Likely start"), words("Hours beyond"), words("Worst"))
    return heads, chances(risks, now=now, words=words)


def _start(risk: RiskRow, now: datetime, words: Words) -> str:
    """Return when a limit would be crossed first: the middle, and the span that holds eight of ten."""
    if risk.onset_p50_at is None or risk.probability < LIKELY:
        return "–"
    middle = clock(risk.onset_p50_at, now=now)
    if risk.onset_p10_at is None or risk.onset_p90_at is None:
        return middle
    return words(
        "{middle} ({early} to {late})",
        middle=middle,
        early=clock(risk.onset_p10_at, now=now),
        late=clock(risk.onset_p90_at, now=now),
    )
