"""Ground truth next to what was sent: labels, tracks, planted events, faults and the true sea, as plain files."""

import csv
import dataclasses
import json
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from firmware_sim.farm import CAGES
from firmware_sim.faults import Fault
from firmware_sim.sea import Sea
from firmware_sim.traffic import Traffic

TRACK_STEP_S, TRACK_BEFORE_H, TRACK_AFTER_H = 60.0, 1.0, 6.0
SEA_STEP_S, SEA_BEFORE_H, SEA_AFTER_H = 600.0, 24.0, 72.0
WATER = ("do_mg_l", "do_sat_pct", "water_temp_c", "salinity_psu", "current_mps", "turbidity_ntu")
AIR = ("wind_mps", "wind_dir_deg", "gust_mps", "hs_m", "tp_s", "pressure_hpa")


def write(folder: Path, sea: Sea, traffic: Traffic, faults: Sequence[Fault]) -> None:
    """Write labels.jsonl, events.jsonl, faults.jsonl, tracks.csv and sea.csv; existing files are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    _lines(folder / "labels.jsonl", (dataclasses.asdict(label) for label in traffic.labels))
    _lines(folder / "events.jsonl", (dataclasses.asdict(event) for event in traffic.planned))
    _lines(folder / "faults.jsonl", (_fault(fault) for fault in faults))
    _tracks(folder / "tracks.csv", traffic)
    _sea(folder / "sea.csv", sea)


def _lines(path: Path, rows: Iterable[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot write {type(value).__name__}")


def _fault(fault: Fault) -> dict[str, object]:
    row = dataclasses.asdict(fault)
    return {
        name: None
        if isinstance(value, float) and not math.isfinite(value)
        else _stamp(value)
        if name.endswith("_s") and name != "delay_s"
        else value
        for name, value in row.items()
    }


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _tracks(path: Path, traffic: Traffic) -> None:
    start = math.ceil((traffic.anchor_s - TRACK_BEFORE_H * 3600.0) / TRACK_STEP_S) * TRACK_STEP_S
    times = np.arange(start, traffic.anchor_s + TRACK_AFTER_H * 3600.0, TRACK_STEP_S)
    stamps = [_stamp(float(t)) for t in times]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("target_id", "at", "lat_deg", "lon_deg", "sog_kn", "cog_deg"))
        for actor in traffic.cast.actors:
            fix = actor.track.at(times)
            alive = (times >= actor.born_s) & (times < actor.gone_s)
            columns = (
                np.round(np.stack([fix.lat_deg, fix.lon_deg], axis=1), 6),
                np.round(fix.sog_kn, 2),
                np.round(fix.cog_deg, 1),
            )
            writer.writerows(
                (actor.id, stamps[i], columns[0][i, 0], columns[0][i, 1], columns[1][i], columns[2][i])
                for i in np.flatnonzero(alive)
            )


def _sea(path: Path, sea: Sea) -> None:
    start = math.ceil((sea.anchor_s - SEA_BEFORE_H * 3600.0) / SEA_STEP_S) * SEA_STEP_S
    times = np.arange(start, sea.anchor_s + SEA_AFTER_H * 3600.0, SEA_STEP_S)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("cage", "depth_m", "at", *WATER, *AIR))
        for cage in CAGES:
            air = sea.weather(cage.lat_deg, cage.lon_deg, times)
            for depth in (2.0, 6.0):
                water = sea.water(cage.id, depth, times)
                for i, at in enumerate(times):
                    values = [
                        round(float(source[name][i]), 4)
                        for source, names in ((water, WATER), (air, AIR))
                        for name in names
                    ]
                    writer.writerow((cage.id, depth, _stamp(float(at)), *values))
