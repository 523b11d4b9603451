"""Storm records at buoys that do not exist, of storms that did: real tracks, parametric wind, waves by other laws.

Wind is a storm's own (Holland) over a red-noise weather wind. Waves are grown from it by the fetch law of Young and
Verhagen with the fetch of the moving storm, plus swell that decays, plus red noise: none of it the law that
`forecasting.model.growth` leans on. No public record of buoys in typhoons is in the repository; ``--file`` of
`benchmarks/forecast_onsets.py` takes real ones.
"""

from datetime import timedelta

import numpy as np
import pandas as pd

from forecasting.storms.track_files import read_tracks
from forecasting.storms.typhoon import fetch_limited, local_storm

PLACES = 20
"""Buoys along each track, at random within `REACH_KM` of it, one record each."""
REACH_KM = 350.0
LATITUDES = (15.0, 38.0)
BEFORE_H, AFTER_H = 96, 60
WEATHER_MPS, WEATHER_SPREAD_MPS, WEATHER_H = 6.5, 3.0, 14.0
SWELL_H = 14.0
MODEL_SPREAD, MODEL_H, GAUGE_SPREAD = 0.18, 8.0, 0.06
"""Spread in log height of what wind alone does not tell and its memory, and of the gauge."""


def red(random, count, spread, memory_h):
    keep = np.exp(-1 / memory_h)
    out = np.empty(count)
    held = random.standard_normal()
    for hour in range(count):
        held = keep * held + np.sqrt(1 - keep**2) * random.standard_normal()
        out[hour] = spread * held
    return out


def records(track_file, seed, least_mps=12.0):
    """Return hourly tables with y and wind_mps, one a storm and buoy that it comes near, oldest first."""
    random = np.random.default_rng(seed)
    tracks = read_tracks(track_file.read_text(), "csv", "ibtracs")
    out = []
    for track in sorted(tracks, key=lambda t: t.points[0].at):
        inside = [p for p in track.points[2:-2] if LATITUDES[0] <= p.lat_deg <= LATITUDES[1]]
        for _ in range(PLACES if inside else 0):
            point = inside[random.integers(len(inside))]
            north_km, east_km = random.uniform(-REACH_KM, REACH_KM, 2)
            lat = point.lat_deg + north_km / 111.2
            lon = point.lon_deg + east_km / (111.2 * np.cos(np.radians(point.lat_deg)))
            near = local_storm(track, lat, lon, hours_of(track))
            if near.wind_mps.max() >= least_mps:
                out.append(one_record(track, lat, lon, hours_of(track)[int(np.argmin(near.distance_km))], random))
    return out


def hours_of(track):
    count = int((track.points[-1].at - track.points[0].at) / timedelta(hours=1)) + 1
    return [track.points[0].at + timedelta(hours=h) for h in range(count)]


def one_record(track, lat, lon, closest_at, random):
    times = [closest_at + timedelta(hours=h) for h in range(-BEFORE_H, AFTER_H + 1)]
    storm = local_storm(track, lat, lon, times)
    weather = np.maximum(WEATHER_MPS + red(random, len(times), WEATHER_SPREAD_MPS, WEATHER_H), 0.5)
    wind = np.hypot(storm.wind_mps, weather)
    felt = pd.Series(wind).ewm(halflife=4).mean().to_numpy()
    sea, _ = fetch_limited(felt, np.full(len(times), 250e3))
    far = 1.2 * np.exp(-np.minimum(storm.distance_km, 5000) / 700) * (storm.wind_mps.max() / 20)
    swell = np.zeros(len(times))
    for hour in range(1, len(times)):
        swell[hour] = max(swell[hour - 1] * np.exp(-1 / SWELL_H), 0.8 * sea[hour - 1], far[hour])
    noise = red(random, len(times), MODEL_SPREAD, MODEL_H) + GAUGE_SPREAD * random.standard_normal(len(times))
    height = np.hypot(sea, 0.7 * swell) * np.exp(noise)
    return pd.DataFrame({"y": height, "wind_mps": wind}, index=pd.DatetimeIndex(times, name="time"))
