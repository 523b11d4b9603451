"""Results of a backtest as files: forecasts as CSV, scores as JSON, reliability as SVG."""

import csv
import json
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm

from core.errors import ConfigError
from forecasting.backtest import LEVELS, REFERENCES, Case, Method, Plan, Summary, happened, ours
from forecasting.series.harmonics import Floats, waves
from forecasting.series.history import fill_gaps, read
from forecasting.series.scale import from_model, to_model
from forecasting.verify import reliability

AR_LAGS_H = 26
AR_CLOCK = ("D1", "S2", "M2", "O1", "N2", "M4")
SIDE, MARGIN = 320, 44
"""Size of a plot and its margin. [px]"""


def methods_for(*, autoarima: bool) -> dict[str, Method]:
    """Return the methods that a backtest compares."""
    extra = {"autoarima": auto_arima} if autoarima else {}
    return {"huangyu": ours, **REFERENCES, "autoregression": autoregression, **extra}


def autoregression(history: Any, horizon_h: int, kind: Any, future: Any) -> Floats:
    """Return the deciles of statsmodels' AutoReg over 26 hours with the harmonics of the day and the main tides."""
    del future
    from statsmodels.tsa.ar_model import AutoReg  # noqa: PLC0415  (a second to import)

    series = read(history, horizon_h, kind)
    level = fill_gaps(to_model(series.y, kind))
    hours = np.concatenate([series.time_h, series.time_h[-1] + np.arange(1, horizon_h + 1)])
    clock = waves(hours, AR_CLOCK)
    past, ahead = clock[:-horizon_h], clock[-horizon_h:]
    fitted = AutoReg(level, lags=min(AR_LAGS_H, len(level) // 4), exog=past).fit()
    told = fitted.get_prediction(start=len(level), end=len(level) + horizon_h - 1, exog_oos=ahead)
    return from_model(told.predicted_mean[:, None] + told.se_mean[:, None] * norm.ppf(LEVELS), kind)


def auto_arima(history: Any, horizon_h: int, kind: Any, future: Any) -> Floats:
    """Return the deciles of statsforecast's AutoARIMA with a season of 24 h on the last 28 days (extra `peers`)."""
    del future
    try:
        from statsforecast.models import AutoARIMA  # noqa: PLC0415  (extra)
    except ModuleNotFoundError as exc:
        raise ConfigError("--autoarima needs statsforecast: install huangyu[peers].") from exc
    level = to_model(read(history, horizon_h, kind).y, kind)[-28 * 24 :]
    good = np.flatnonzero(np.isfinite(level))
    filled = np.interp(np.arange(len(level)), good, level[good])
    model = AutoARIMA(season_length=24, approximation=True, nmodels=8, max_p=3, max_q=2, max_P=1, max_Q=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its search is cut short on purpose and says so each time
        found = model.forecast(y=filled, h=horizon_h, level=[20, 40, 60, 80])
    lows = [found[f"lo-{share}"] for share in (80, 60, 40, 20)]
    highs = [found[f"hi-{share}"] for share in (20, 40, 60, 80)]
    return from_model(np.column_stack([*lows, found["mean"], *highs]), kind)


def as_plain(summary: Summary) -> dict[str, Any]:
    """Return a summary for JSON: keys are text."""
    return json.loads(json.dumps(asdict(summary)))  # type: ignore[no-any-return]


def write_report(out: Path, table: Any, what: Plan, cases: Sequence[Case], summary: Summary) -> None:
    """Write scores.json, forecasts.csv, calibration.svg and events.svg into a folder; ConfigError when it cannot be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "scores.json").write_text(json.dumps(as_plain(summary), indent=1), encoding="utf-8")
        _write_forecasts(out / "forecasts.csv", table, cases)
        (out / "calibration.svg").write_text(calibration_svg(cases), encoding="utf-8")
        (out / "events.svg").write_text(events_svg(cases, what), encoding="utf-8")
    except OSError as exc:
        raise ConfigError(f"{out}: cannot write the results ({exc}); give another --out.") from exc


def _write_forecasts(path: Path, table: Any, cases: Sequence[Case]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["origin", "lead_h", "truth", *(f"q{round(100 * level)}" for level in LEVELS)])
        for case in cases:
            start = table.index[case.origin].isoformat()
            for lead, row in enumerate(case.deciles["huangyu"]):
                truth = "" if np.isnan(case.truth[lead]) else f"{case.truth[lead]:.4g}"
                writer.writerow([start, lead + 1, truth, *(f"{value:.4g}" for value in row)])


def calibration_svg(cases: Sequence[Case]) -> str:
    """Return how often truth fell below each decile, by lead band, as a picture."""
    truth = np.stack([case.truth for case in cases])
    deciles = np.stack([case.deciles["huangyu"] for case in cases])
    lines = []
    for first, last in ((1, 6), (7, 24), (25, truth.shape[1])):
        part = slice(first - 1, last)
        known = np.isfinite(truth[:, part])
        if known.any():
            below = (truth[:, part, None] <= deciles[:, part]) & known[..., None]
            share = below.sum(axis=(0, 1)) / known.sum()
            lines.append((f"{first}-{last} h", list(zip(LEVELS.tolist(), share.tolist(), strict=True))))
    return _picture("分位校准 quantile calibration", "名义 nominal", "实际 observed", lines)


def events_svg(cases: Sequence[Case], what: Plan) -> str:
    """Return forecast chances of the event against how often it came, by window, as a picture."""
    lines = []
    for window in cases[0].chances:
        pairs = [(c.chances[window], seen) for c in cases if (seen := happened(c.truth, what, window)) is not None]
        if pairs:
            bins = reliability(np.array([p for p, _ in pairs]), np.array([s for _, s in pairs]), bins=5)
            lines.append((f"{window} h", [(b.forecast, b.observed) for b in bins]))
    sign = "<" if what.event_below else ">"
    return _picture(f"越限可靠性 event y {sign} {what.event_limit:.2f}", "预报 forecast", "实际 observed", lines)


def _picture(title: str, across: str, up: str, lines: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> str:
    """Return lines in the unit square over its diagonal as SVG."""
    colours = ("#0b6e99", "#c2571a", "#4d7c0f", "#7e22ce")
    whole = SIDE + 2 * MARGIN

    def x(value: float) -> float:
        return MARGIN + value * SIDE

    def y(value: float) -> float:
        return MARGIN + (1 - value) * SIDE

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{whole}" height="{whole}" fill="white"/>',
        f'<text x="{whole / 2}" y="20" text-anchor="middle">{_text(title)}</text>',
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>',
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#bbb" stroke-dasharray="4"/>',
        f'<text x="{whole / 2}" y="{whole - 10}" text-anchor="middle">{_text(across)}</text>',
        f'<text transform="translate(14 {whole / 2}) rotate(-90)" text-anchor="middle">{_text(up)}</text>',
    ]
    for tick in (0.2, 0.4, 0.6, 0.8):
        parts.append(f'<text x="{x(tick)}" y="{y(0) + 16}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{x(0) - 6}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    for number, (name, points) in enumerate(lines):
        colour = colours[number % len(colours)]
        way = "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in points)
        parts.append(f'<path d="M{way}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{colour}"/>' for a, b in points]
        parts.append(f'<text x="{MARGIN + 8}" y="{MARGIN + 18 + 16 * number}" fill="{colour}">{_text(name)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _text(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
