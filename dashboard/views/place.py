"""Waves and wind at a boat, in a zone or at a point, as the charts and tables of a cage's page take them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import shapely

from dashboard.views.limits import forecast_rules
from forecasting.grids.fields import SeaField
from forecasting.model.predictive import DECILES
from forecasting.position import PlaceForecast, place_forecasts, points_of
from forecasting.risk import event_risks
from forecasting.series.harmonics import Floats
from forecasting.storms.tracks import Track, TrackPoint
from store.reader import TargetRow, ZoneRow
from store.reader_cages import FanRow, RiskRow
from store.reader_desk import StormRow

PATHS = 200
LARGEST_AGE = timedelta(hours=24)
"""A boat that was heard longer ago is somewhere else by now."""


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A place that is asked about: its points, and its id as in forecast_run (``mmsi:…``, ``zone:…``, ``point:…``)."""

    place_id: str
    lat_deg: Floats
    lon_deg: Floats


def of_zone(zone: ZoneRow) -> Spot:
    """Return a zone's points."""
    lat, lon = points_of(shapely.from_geojson(json.dumps(zone.geometry)))
    return Spot(place_id=f"zone:{zone.zone_id}", lat_deg=lat, lon_deg=lon)


def of_boat(target: TargetRow) -> Spot:
    """Return where a boat was heard last."""
    return Spot(place_id=f"mmsi:{target.mmsi}", lat_deg=np.array([target.lat_deg]), lon_deg=np.array([target.lon_deg]))


def of_point(lat_deg: float, lon_deg: float) -> Spot:
    """Return a point."""
    return Spot(place_id=f"point:{lat_deg:.3f},{lon_deg:.3f}", lat_deg=np.array([lat_deg]), lon_deg=np.array([lon_deg]))


def track_of(storm: StormRow) -> Track | None:
    """Return a stored track, None for one whose points cannot be read."""
    try:
        points = tuple(TrackPoint(**{**p, "at": datetime.fromisoformat(str(p["at"]))}) for p in storm.points)
    except (KeyError, TypeError, ValueError):
        return None
    if not points or any(point.at.tzinfo is None for point in points):
        return None
    return Track(
        storm_id=storm.storm_id, source=storm.source, issued_at=storm.issued_at, kind="forecast", points=points,
        name_zh=storm.name_zh, name_en=storm.name_en,
    )  # fmt: skip


def forecasts(spot: Spot, field: SeaField | None, storms: Sequence[StormRow], at: datetime) -> list[PlaceForecast]:
    """Return the forecasts of waves and wind at a spot."""
    tracks = [track for row in storms if (track := track_of(row)) is not None]
    return place_forecasts(field, tracks, spot.lat_deg, spot.lon_deg, at)


def fan(made: PlaceForecast, spot: Spot, at: datetime) -> list[FanRow]:
    """Return a forecast lead by lead."""
    deciles = made.predictive.quantiles(DECILES)
    return [
        FanRow(
            run_id=0,
            place_id=spot.place_id,
            point="",
            quantity=made.quantity,
            issued_at=at,
            status="degraded",
            notice_zh=made.notice_zh,
            notice_en=made.notice_en,
            valid_at=made.first + timedelta(hours=lead),
            **{f"q{q}0": float(row[q - 1]) for q in (1, 3, 5, 7, 9)},
        )
        for lead, row in enumerate(deciles)
    ]


def risks(made: PlaceForecast, spot: Spot, at: datetime) -> list[RiskRow]:
    """Return the chance of each warning colour within each window, from joint paths."""
    rule = forecast_rules().rule_for(made.quantity)
    if rule is None:
        return []
    paths = made.predictive.paths(PATHS, np.random.default_rng(PATHS))

    def instant(lead_h: float | None) -> datetime | None:
        return None if lead_h is None else made.first + timedelta(hours=lead_h - 1)

    return [
        RiskRow(
            place_id=spot.place_id,
            point="",
            quantity=made.quantity,
            issued_at=at,
            limit_value=limit.value,
            below=rule.below,
            window_h=risk.window_h,
            probability=risk.probability,
            expected_hours=risk.expected_hours,
            worst_at=made.first + timedelta(hours=risk.worst_lead_h - 1),
            onset_p10_at=instant(risk.onset_p10_h),
            onset_p50_at=instant(risk.onset_p50_h),
            onset_p90_at=instant(risk.onset_p90_h),
            severity=int(limit.severity),
        )
        for limit in rule.limit
        for risk in event_risks(paths, limit.value, below=rule.below, windows_h=rule.windows_h)
    ]
