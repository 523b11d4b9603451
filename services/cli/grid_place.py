"""Waves and wind at a place for ``huangyu grid at``: found in the store, shown as a table or JSON."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from core.errors import ConfigError
from forecasting.position import PlaceForecast, place_forecasts, points_of
from forecasting.series.harmonics import Floats
from services.storms import load_typhoon_rules, storms_now

LEVELS = (0.1, 0.5, 0.9)
STEP_H = 6
WORDS = {"hs_m": "浪高 Hs, m", "wind_mps": "风速 wind, m/s"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The place that is asked about: a point, a zone or a boat."""

    lat_deg: float | None = None
    lon_deg: float | None = None
    zone: str | None = None
    mmsi: int | None = None


async def forecast_at(store: Any, rules_dir: Path, at: datetime, asked: Asked) -> list[PlaceForecast]:
    """Return the forecasts of a place; ConfigError where there is no such zone, or the boat was not heard lately."""
    lat_deg, lon_deg = await _points(store, at, asked)
    storms = await storms_now(store, load_typhoon_rules(rules_dir), at)
    return place_forecasts(await store.forecasts.sea_field(at), storms, lat_deg, lon_deg, at)


async def _points(store: Any, at: datetime, asked: Asked) -> tuple[Floats, Floats]:
    if asked.zone is not None:
        zone = next((z for z in await store.zones.all() if z.zone_id == asked.zone), None)
        if zone is None:
            raise ConfigError(f"没有这个区域。--zone {asked.zone!r}: there is no such zone.")
        return points_of(zone.geometry)
    if asked.mmsi is not None:
        live = await store.targets.live(at - timedelta(days=1))
        boat = next((t.position for t in live if t.position.mmsi == asked.mmsi), None)
        if boat is None or boat.lat_deg is None or boat.lon_deg is None:
            raise ConfigError(
                f"一天内没有收到此船船位。--mmsi {asked.mmsi}: no position of this boat was heard in the last day."
            )
        return np.array([boat.lat_deg]), np.array([boat.lon_deg])
    return np.array([asked.lat_deg], dtype=np.float64), np.array([asked.lon_deg], dtype=np.float64)


def leads_of(made: PlaceForecast) -> list[dict[str, Any]]:
    """Return a forecast lead by lead."""
    return [
        {"at": (made.first + timedelta(hours=h)).isoformat()}
        | {f"q{round(100 * level)}": round(float(v), 2) for level, v in zip(LEVELS, row, strict=True)}
        for h, row in enumerate(made.predictive.quantiles(LEVELS))
    ]


def show_place(made: list[PlaceForecast], *, as_json: bool) -> None:
    """Print the forecasts of a place."""
    if as_json:
        plain = [
            {"quantity": one.quantity, "sources": list(one.sources), "notice": one.notice_en, "leads": leads_of(one)}
            for one in made
        ]
        typer.echo(json.dumps(plain, ensure_ascii=False))
        return
    console = Console()
    for one in made:
        table = Table("时间 UTC", "10%", "50%", "90%", title=WORDS[one.quantity])
        for row in leads_of(one)[::STEP_H]:
            table.add_row(row["at"][5:16].replace("T", " "), *(f"{row[q]:.1f}" for q in ("q10", "q50", "q90")))
        console.print(table)
        console.print(f"依据 rests on: {', '.join(one.sources)}。{one.notice_zh} {one.notice_en}")
