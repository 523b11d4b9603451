"""Chart options for ECharts as plain data: history, forecast fan, night, limits, gaps; dates always in numbers.

Times are sent as Shanghai wall-clock milliseconds with ``useUTC``, so that every browser shows the farm's own clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.units import QUANTITIES
from dashboard.i18n import Words
from dashboard.look import STATES, state_of
from dashboard.times import SHANGHAI
from dashboard.views.limits import Limit
from dashboard.views.record import Bin
from store.reader import Bucket
from store.reader_cages import FanRow

INK, GRID, NIGHT, FAN = "#10243a", "#dde5ea", "rgba(16,36,58,0.07)", "11,79,122"
GAP_FACTOR = 2.5
"""Neighbouring buckets further apart than this many strides are a gap: the line breaks."""
AXIS_DATE = {"year": "{yyyy}", "month": "{MM}-{dd}", "day": "{MM}-{dd}", "hour": "{HH}:{mm}", "minute": "{HH}:{mm}"}


def wall_ms(at: datetime) -> int:
    """Return the Shanghai wall clock of an instant as milliseconds that ``useUTC`` prints unchanged."""
    offset = at.astimezone(SHANGHAI).utcoffset() or timedelta(0)
    return int((at.timestamp() + offset.total_seconds()) * 1000)


def line(buckets: Sequence[Bucket], *, stride_s: int, key: str = "mean") -> list[list[float | None]]:
    """Return [time, value] pairs with a None where data are missing, so that gaps stay visible."""
    points: list[list[float | None]] = []
    before: datetime | None = None
    for bucket in buckets:
        value = getattr(bucket, key)
        if before is not None and (bucket.at - before).total_seconds() > GAP_FACTOR * stride_s:
            points.append([wall_ms(before) + 1, None])
        points.append([wall_ms(bucket.at), None if value is None else round(value, 3)])
        before = bucket.at
    return points


def _base(words: Words, *, unit: str, zoom: bool) -> dict[str, Any]:
    return {
        "useUTC": True,
        "animation": False,
        "grid": {"left": 46, "right": 16, "top": 48, "bottom": 62 if zoom else 30},
        "legend": {"type": "scroll", "top": 0, "left": 0, "right": 0, "itemHeight": 10, "textStyle": {"color": INK}},
        "tooltip": {"trigger": "axis", "axisPointer": {"label": {"formatter": "{value}"}}, "valueFormatter": "%.2f"},
        "xAxis": {
            "type": "time",
            "axisLabel": {"color": INK, "formatter": AXIS_DATE, "hideOverlap": True},
            "axisLine": {"lineStyle": {"color": "#8fa3b3"}},
            "splitLine": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "name": unit,
            "nameGap": 18,
            "nameTextStyle": {"color": INK, "align": "left"},
            "scale": True,
            "axisLabel": {"color": INK},
            "splitLine": {"lineStyle": {"color": GRID}},
        },
        "dataZoom": [{"type": "inside"}, {"type": "slider", "height": 22, "bottom": 6}] if zoom else [],
        "aria": {"enabled": True},
    }


LABEL_PLACES = ("insideStartTop", "insideMiddleTop", "insideEndTop")
"""Neighbouring limits write at different places of their lines: on a phone they would lie over each other."""


def limit_lines(limits: Iterable[Limit], words: Words) -> dict[str, Any]:
    """Return the dashed lines at which warnings begin, each with its colour's word."""
    return {
        "silent": True,
        "symbol": "none",
        "data": [
            {
                "yAxis": limit.value,
                "lineStyle": {"color": STATES[state_of(limit.severity)].strong, "type": "dashed", "width": 1.2},
                "label": {
                    "formatter": f"{words(STATES[state_of(limit.severity)].word)} {limit.value:g}",
                    "position": LABEL_PLACES[n % len(LABEL_PLACES)],
                    "color": STATES[state_of(limit.severity)].ink,
                    "fontSize": 11,
                },
            }
            for n, limit in enumerate(limits)
        ],
    }


def night_areas(spans: Iterable[tuple[datetime, datetime]]) -> dict[str, Any]:
    """Return the shading of dark hours."""
    return {
        "silent": True,
        "itemStyle": {"color": NIGHT},
        "data": [[{"xAxis": wall_ms(a)}, {"xAxis": wall_ms(b)}] for a, b in spans],
    }


def fan(
    history: Sequence[Bucket],
    forecast: Sequence[FanRow],
    *,
    quantity: str,
    now: datetime,
    stride_s: int,
    limits: Sequence[Limit],
    nights: Iterable[tuple[datetime, datetime]],
    words: Words,
) -> dict[str, Any]:
    """Return the chart of what was and what is to come: line up to now, then the 80 % and 40 % bands and the median."""
    unit = QUANTITIES[quantity].symbol
    option = _base(words, unit=unit, zoom=False)
    times = [wall_ms(row.valid_at) for row in forecast]
    measured = {
        "name": words("Measured"),
        "type": "line",
        "showSymbol": False,
        "data": line(history, stride_s=stride_s),
        "lineStyle": {"color": INK, "width": 2},
        "itemStyle": {"color": INK},
        "z": 5,
        "markArea": night_areas(nights),
        "markLine": _with_now(limit_lines(limits, words), now, words),
    }
    bands = [
        _band(words("Lower"), times, [row.q10 for row in forecast], 0.0),
        _band(words("8 of 10 futures"), times, [row.q30 - row.q10 for row in forecast], 0.16),
        _band(words("4 of 10 futures"), times, [row.q70 - row.q30 for row in forecast], 0.32),
        _band(words("Upper"), times, [row.q90 - row.q70 for row in forecast], 0.16),
    ]
    median = {
        "name": words("Forecast, middle"),
        "type": "line",
        "showSymbol": False,
        "data": [[t, round(row.q50, 2)] for t, row in zip(times, forecast, strict=True)],
        "lineStyle": {"color": f"rgb({FAN})", "width": 2.2, "type": [6, 4]},
        "itemStyle": {"color": f"rgb({FAN})"},
        "z": 6,
    }
    option["series"] = [measured, *(bands if forecast else []), *([median] if forecast else [])]
    option["legend"]["data"] = [measured["name"], median["name"], words("8 of 10 futures"), words("4 of 10 futures")]
    option["legend"]["selectedMode"] = False
    return option


def _with_now(lines: dict[str, Any], now: datetime, words: Words) -> dict[str, Any]:
    mark = {
        "xAxis": wall_ms(now),
        "lineStyle": {"color": "#56646f", "type": "solid", "width": 1},
        "label": {"formatter": words("now"), "color": INK, "position": "insideEndBottom", "fontSize": 11},
    }
    return lines | {"data": [*lines["data"], mark]}


def _band(name: str, times: Sequence[int], widths: Sequence[float], opacity: float) -> dict[str, Any]:
    return {
        "name": name,
        "type": "line",
        "stack": "fan",
        "stackStrategy": "all",
        "symbol": "none",
        "data": [[t, round(w, 3)] for t, w in zip(times, widths, strict=True)],
        "lineStyle": {"opacity": 0},
        "itemStyle": {"color": f"rgba({FAN},{max(opacity, 0.05)})"},
        "areaStyle": {"color": f"rgba({FAN},{opacity})"},
        "tooltip": {"show": False},
        "silent": True,
        "z": 2,
    }


def reliability(bins: Sequence[Bin], *, words: Words) -> dict[str, Any]:
    """Return told chance across, what came up, both in percent, over the line of honest chances."""
    most = max(b.cases for b in bins)
    axis = {"type": "value", "min": 0, "max": 100, "axisLabel": {"color": INK}, "nameTextStyle": {"color": INK}}
    return {
        "animation": False,
        "grid": {"left": 52, "right": 24, "top": 34, "bottom": 44},
        "tooltip": {"trigger": "item"},
        "xAxis": axis | {"name": words("Told, %"), "nameLocation": "middle", "nameGap": 26},
        "yAxis": axis | {"name": words("Came, %"), "splitLine": {"lineStyle": {"color": GRID}}},
        "series": [
            {
                "type": "line",
                "silent": True,
                "symbol": "none",
                "data": [[0, 0], [100, 100]],
                "lineStyle": {"type": "dashed", "color": "#8fa3b3", "width": 1.2},
            },
            {
                "name": words("Came, %"),
                "type": "line",
                "data": [
                    {
                        "value": [round(100 * b.told, 1), round(100 * b.came, 1)],
                        "symbolSize": round(7 + 17 * (b.cases / most) ** 0.5),
                    }
                    for b in bins
                ],
                "symbol": "circle",
                "lineStyle": {"color": f"rgb({FAN})", "width": 2},
                "itemStyle": {"color": f"rgb({FAN})"},
            },
        ],
        "aria": {"enabled": True},
    }


def history(
    series: Mapping[str, Sequence[Bucket]], *, quantity: str, stride_s: int, limits: Sequence[Limit], words: Words
) -> dict[str, Any]:
    """Return the long chart: one line of means a series with its low-to-high band, zoomable, gaps open."""
    option = _base(words, unit=QUANTITIES[quantity].symbol, zoom=True)
    colours = (
        "#0b4f7a",
        "#c2571a",
        "#17703f",
        "#7a3fa0",
        "#a3123a",
        "#0f8b8d",
        "#8a6d00",
        "#5b6b7a",
        "#1a5cb8",
        "#b84a00",
        "#2e7d6b",
        "#3a3a3a",
    )
    rows: list[dict[str, Any]] = []
    for n, (name, buckets) in enumerate(series.items()):
        colour = colours[n % len(colours)]
        rows.append(
            {
                "name": name,
                "type": "line",
                "showSymbol": False,
                "sampling": "minmax",
                "data": line(buckets, stride_s=stride_s),
                "lineStyle": {"color": colour, "width": 1.6},
                "itemStyle": {"color": colour},
            }
        )
    if rows:
        rows[0]["markLine"] = limit_lines(limits, words)
    if len(series) == 1:
        rows += _low_high(next(iter(series.values())), stride_s, colours[0], words)
    option["series"] = rows
    return option


def _low_high(buckets: Sequence[Bucket], stride_s: int, colour: str, words: Words) -> list[dict[str, Any]]:
    """Return lowest and highest as thin lines: what averages would hide."""
    return [
        {
            "name": words(word),
            "type": "line",
            "showSymbol": False,
            "data": line(buckets, stride_s=stride_s, key=key),
            "lineStyle": {"color": colour, "width": 0.8, "opacity": 0.55},
            "itemStyle": {"color": colour, "opacity": 0.55},
        }
        for key, word in (("low", "Lowest"), ("high", "Highest"))
    ]
