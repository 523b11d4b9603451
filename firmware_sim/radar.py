"""What the farm's radar tracks, and detections of radar, camera or satellite as rows: everything afloat, AIS or not."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.geo import M_PER_NM
from firmware_sim import chart, nmea
from firmware_sim.cast import Actor
from firmware_sim.chart import Point
from firmware_sim.heard import Ether, Heard, instant, miles
from firmware_sim.noise import Floats, generator, key, normal, uniform
from firmware_sim.tracks import moved

SWEEP_S = 10.0
"""A tracked target is reported this often. [s]"""
SEEN = 0.94
OWN_EVERY = 6
"""The radar says where it stands once a minute."""
CLUTTER_NUMBER, CLUTTER_SWEEPS, CLUTTER_SHARE = 99, 12, 0.12
POSITION_M, SPEED_KN, COURSE_DEG = 26.0, 0.4, 4.0
"""Standard deviations of a track: position, speed, course."""
BIG_M = 50.0


@dataclass(frozen=True, kw_only=True)
class Detection:
    """One radar, optical or satellite detection; `target_id` None is clutter."""

    at: datetime
    lat_deg: float
    lon_deg: float
    sigma_m: float
    length_m: float | None
    source: str
    target_id: str | None


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A tracked target at one sweep."""

    number: int
    at_s: float
    lat_deg: float
    lon_deg: float
    sog_kn: float
    cog_deg: float
    target_id: str = ""


def sight_nm(actor: Actor) -> float:
    """Return how far the radar sees an actor: ships further than boats. [nmi]"""
    return chart.RADAR.class_a_nm if actor.label.length_m > BIG_M else chart.RADAR.class_b_nm


def radar_lines(ether: Ether, actors: Sequence[Actor], span: tuple[float, float], *, with_tll: bool) -> list[Heard]:
    """Return the radar's sentences in [start, end): TTM (and TLL) of each track, its own position each minute."""
    sweeps = np.arange(math.ceil(span[0] / SWEEP_S), math.ceil(span[1] / SWEEP_S))
    lines = [_own(int(n)) for n in sweeps if n % OWN_EVERY == 0]
    for number, actor in enumerate((a for a in actors if a.radar), start=1):
        for plot in _swept(ether.seed, actor, number, sweeps):
            lines += plot_lines(plot, with_tll=with_tll)
    for plot in _clutter(ether.seed, sweeps):
        lines += plot_lines(plot, with_tll=with_tll)
    return [line for line in lines if ether.up(chart.RADAR.name, np.array([line.at_s]))[0]]


def _own(sweep: int) -> Heard:
    site, at_s = chart.RADAR, sweep * SWEEP_S
    text = nmea.rmc(lat_deg=site.lat_deg, lon_deg=site.lon_deg, at=instant(at_s))
    return Heard(at_s=at_s, receiver=site.name, text=text)


def _swept(seed: int, actor: Actor, number: int, sweeps: np.ndarray) -> Iterator[Plot]:
    # Targets come one after another as the antenna turns.
    times = sweeps * SWEEP_S + (number * 0.037) % 2.4
    alive = (times >= actor.born_s) & (times < actor.gone_s)
    times, sweeps = times[alive], sweeps[alive]
    if not times.size:
        return
    fix, stream = actor.track.at(times), key(seed, f"radar {actor.id}")
    seen = (miles(chart.RADAR, fix) < sight_nm(actor)) & (uniform(stream, sweeps) < SEEN)
    for i in np.flatnonzero(seen):
        noise = normal(stream ^ 5, np.arange(4) + 4 * int(sweeps[i]))
        lat, lon = _shifted(
            (float(fix.lat_deg[i]), float(fix.lon_deg[i])), noise[0] * POSITION_M, noise[1] * POSITION_M
        )
        yield Plot(
            number=number,
            at_s=float(times[i]),
            lat_deg=lat,
            lon_deg=lon,
            sog_kn=max(float(fix.sog_kn[i]) + noise[2] * SPEED_KN, 0.0),
            cog_deg=(float(fix.cog_deg[i]) + noise[3] * COURSE_DEG) % 360.0,
            target_id=actor.id,
        )


def _clutter(seed: int, sweeps: np.ndarray) -> Iterator[Plot]:
    """Yield false targets: now and then a wave crest is tracked for two minutes."""
    stream, home = key(seed, "radar clutter"), (chart.RADAR.lat_deg, chart.RADAR.lon_deg)
    for sweep in sweeps:
        draw = uniform(stream, np.arange(4) + 4 * (int(sweep) // CLUTTER_SWEEPS))
        if draw[0] < CLUTTER_SHARE:
            lat, lon = moved(home, 20.0 + 140.0 * draw[2], 1.0 + 6.0 * draw[1])
            yield Plot(
                number=CLUTTER_NUMBER,
                at_s=float(sweep) * SWEEP_S + 2.0,
                lat_deg=lat,
                lon_deg=lon,
                sog_kn=3.0 * float(draw[3]),
                cog_deg=360.0 * float(draw[3]),
            )


def _shifted(place: Point, north_m: float, east_m: float) -> Point:
    lat = place[0] + float(north_m) / M_PER_NM / 60.0
    return lat, place[1] + float(east_m) / M_PER_NM / 60.0 / math.cos(math.radians(place[0]))


def plot_lines(plot: Plot, *, with_tll: bool) -> list[Heard]:
    """Return the sentences of one track at one sweep."""
    site, at = chart.RADAR, instant(plot.at_s)
    north = (plot.lat_deg - site.lat_deg) * 60.0
    east = (plot.lon_deg - site.lon_deg) * 60.0 * math.cos(math.radians(site.lat_deg))
    course = math.radians(plot.cog_deg)
    ve, vn = plot.sog_kn * math.sin(course), plot.sog_kn * math.cos(course)
    tcpa_h = -(east * ve + north * vn) / max(plot.sog_kn**2, 1e-6)
    texts = [
        nmea.ttm(
            plot.number,
            range_nm=math.hypot(east, north),
            bearing_deg=math.degrees(math.atan2(east, north)) % 360.0,
            sog_kn=plot.sog_kn,
            cog_deg=plot.cog_deg,
            cpa_nm=min(math.hypot(east + ve * tcpa_h, north + vn * tcpa_h), 99.0),
            tcpa_min=max(min(tcpa_h * 60.0, 999.0), -999.0),
            at=at,
        )
    ]
    if with_tll:
        texts.append(nmea.tll(plot.number, lat_deg=plot.lat_deg, lon_deg=plot.lon_deg, at=at))
    return [Heard(at_s=plot.at_s, receiver=site.name, text=text, target_id=plot.target_id) for text in texts]


def detections(
    seed: int,
    actors: Sequence[Actor],
    times: Floats,
    *,
    noise_m: float,
    clutter_per_h: float,
    found: float,
    source: str,
) -> list[Detection]:
    """Return detections at unix times within the radar's sight, with Gaussian noise and clutter, ordered by time."""
    rows = [row for actor in actors if actor.radar for row in _detected(seed, actor, times, noise_m, found, source)]
    rng = generator(seed, f"clutter {times[0]} {times.size}")
    hours = (times[-1] - times[0]) / 3600.0
    home = (chart.RADAR.lat_deg, chart.RADAR.lon_deg)
    for _ in range(rng.poisson(clutter_per_h * hours)):
        lat, lon = moved(home, rng.uniform(20, 160), rng.uniform(1.0, 12.0))
        at = instant(float(times[int(rng.integers(0, times.size))]))
        rows.append(
            Detection(at=at, lat_deg=lat, lon_deg=lon, sigma_m=noise_m, length_m=None, source=source, target_id=None)
        )
    return sorted(rows, key=lambda d: (d.at, d.lat_deg))


def _detected(seed: int, actor: Actor, times: Floats, noise_m: float, found: float, source: str) -> list[Detection]:
    times = times[(times >= actor.born_s) & (times < actor.gone_s)]
    if not times.size:
        return []
    fix, stream = actor.track.at(times), key(seed, f"detect {actor.id} {source}")
    n = np.floor(times).astype(np.int64)
    north, east = normal(stream, 2 * n) * noise_m, normal(stream, 2 * n + 1) * noise_m
    seen = (uniform(stream ^ 1, n) < found) & (miles(chart.RADAR, fix) < sight_nm(actor))
    rows = []
    for i in np.flatnonzero(seen):
        lat, lon = _shifted((float(fix.lat_deg[i]), float(fix.lon_deg[i])), north[i], east[i])
        rows.append(
            Detection(
                at=instant(float(times[i])),
                lat_deg=lat,
                lon_deg=lon,
                sigma_m=noise_m,
                length_m=float(round(actor.label.length_m)) or None,
                source=source,
                target_id=actor.id,
            )
        )
    return rows
