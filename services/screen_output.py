"""What `huangyu screen` writes: ``findings.jsonl``, ``tracks.parquet``, ``targets.geojson`` and a summary."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from core.finding import Evidence
from core.target import TargetClass
from services.screen import Screening
from services.screen_crosscheck import RadarSilence
from services.screen_input import Input
from services.screen_tracks import reports_of, target_id
from vessels.ais_columns import SOURCES, UNITS_PER_DEGREE
from vessels.beidou import Kind
from vessels.beidou_findings import words
from vessels.dark import DarkTarget
from vessels.echoes import Unseen
from vessels.verdict import Verdict

SCHEMA_VERSION = "1"
MAX_LINE_POINTS = 400


def write(done: Screening, out: Path) -> dict[str, Path]:
    """Write every output into a folder; return the files by kind."""
    out.mkdir(parents=True, exist_ok=True)
    files = {
        "findings": out / "findings.jsonl", "tracks": out / "tracks.parquet", "geojson": out / "targets.geojson",
        "crosschecks": out / "crosschecks.jsonl", "summary": out / "summary.json",
    }  # fmt: skip
    with files["findings"].open("w", encoding="utf-8") as file:
        for row in rows(done):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    with files["crosschecks"].open("w", encoding="utf-8") as file:
        for row in crosschecks(done):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    pa_parquet.write_table(track_table(done), files["tracks"], compression="zstd")
    files["geojson"].write_text(json.dumps(geojson(done), ensure_ascii=False), encoding="utf-8")
    files["summary"].write_text(json.dumps(summary(done), ensure_ascii=False, indent=2), encoding="utf-8")
    return files


def rows(done: Screening) -> Iterable[dict[str, Any]]:
    """Yield one JSON object a target, suspicions first, as docs/vessels.md describes."""
    ranked = sorted(done.verdicts, key=lambda v: (not v.is_suspicion, -v.probability, v.target_id))
    for verdict in ranked:
        yield _row(verdict, done)
    for target in done.associated.dark:
        yield _dark_row(target, done)


def _row(verdict: Verdict, done: Screening) -> dict[str, Any]:
    return {
        "target_id": verdict.target_id, "mmsi": verdict.mmsi, "class": verdict.target_class.value,
        "probability": round(verdict.probability, 4),
        "limbs": {name: limb.state.value for name, limb in verdict.limbs.items()},
        "reasons": list(verdict.reasons_zh), "reasons_en": list(verdict.reasons_en),
        "evidence": [_evidence(e, done) for e in verdict.evidence] + _register_evidence(verdict),
        "first_seen_at": _iso(verdict.first_seen_at), "last_seen_at": _iso(verdict.last_seen_at),
        "bbox": None if verdict.bbox is None else [round(v, 6) for v in verdict.bbox], "name": verdict.name or None,
        "limb_reasons": {n: {"zh": limb.reason_zh, "en": limb.reason_en} for n, limb in verdict.limbs.items()},
        "register": None if verdict.row is None else {
            "boat_id": verdict.row.boat_id, "version": verdict.row.version, "name_zh": verdict.row.name_zh,
        },
        "rule_version": verdict.rule_version, "facts": verdict.facts,
    }  # fmt: skip


def _dark_row(target: DarkTarget, done: Screening) -> dict[str, Any]:
    lats, lons = [p[1] for p in target.history], [p[2] for p in target.history]
    handed = f"，其后由 {target.handed_to} 的报位接续" if target.handed_to else ""
    assert done.association is not None  # dark targets come from the association
    return {
        "target_id": target.target_id, "mmsi": None, "class": TargetClass.UNIDENTIFIED.value,
        "probability": done.association.probability,
        "limbs": dict.fromkeys(("name", "certificate", "port", "match"), "unknown"),
        "reasons": [f"探测到 {len(target.history)} 次，附近没有报位的船{handed}"],
        "reasons_en": [f"detected {len(target.history)} times with no reporting vessel near"],
        "evidence": [{"kind": "detections", "ref": "", "text": f"{len(target.history)} detections, {target.source}",
                      "observed_at": _iso(datetime.fromtimestamp(target.last_s, UTC))}],
        "first_seen_at": _iso(datetime.fromtimestamp(target.first_s, UTC)),
        "last_seen_at": _iso(datetime.fromtimestamp(target.last_s, UTC)),
        "bbox": [round(v, 6) for v in (min(lons), min(lats), max(lons), max(lats))], "name": None,
        "limb_reasons": {}, "register": None, "rule_version": done.association.version,
        "facts": {"detections": len(target.history), "length_m": target.length_m, "sog_kn": round(target.sog_kn(), 1),
                  "handed_to": target.handed_to},
    }  # fmt: skip


def crosschecks(done: Screening) -> Iterable[dict[str, Any]]:
    """Yield one JSON object for each boat and time in which AIS, Beidou and radar differed."""
    for episode in done.check.told if done.check is not None else ():
        zh, en = words(episode)
        yield {
            "kind": episode.kind.value, "seen_by": "ais" if episode.kind is Kind.BEIDOU_SILENT else "beidou",
            "mmsi": episode.boat.mmsi, "name": episode.boat.name_zh, "boat_id": episode.boat.boat_id,
            "since": _moment(episode.silent_since_s), "from": _moment(episode.first_s),
            "until": _moment(episode.last_s), "lat_deg": round(episode.lat_deg, 6),
            "lon_deg": round(episode.lon_deg, 6), "reports": episode.reports,
            "distance_nm": round(episode.distance_nm, 2), "coverage": round(episode.chance, 2), "reason": zh,
            "reason_en": en,
        }  # fmt: skip
    for silence in done.associated.silent:
        yield _radar_silence(silence)
    for run in done.associated.unseen:
        yield _no_echo(run)


def _radar_silence(silence: RadarSilence) -> dict[str, Any]:
    target, number = silence.target, silence.vessel.partition("-")[0]
    minutes = (target.last_s - silence.heard_s) / 60
    _, lat, lon = target.history[-1]
    return {
        "kind": Kind.AIS_SILENT.value, "seen_by": target.source, "mmsi": int(number) if number.isdigit() else None,
        "name": None, "boat_id": None, "since": _moment(silence.heard_s), "from": _moment(target.first_s),
        "until": _moment(target.last_s), "lat_deg": round(lat, 6), "lon_deg": round(lon, 6),
        "reports": len(target.history), "distance_nm": None, "coverage": round(silence.chance, 2),
        "reason": f"AIS 已静默 {minutes:.0f} 分钟，探测仍在跟踪",
        "reason_en": f"AIS silent for {minutes:.0f} min while detections go on",
    }  # fmt: skip


def _no_echo(run: Unseen) -> dict[str, Any]:
    number, minutes = run.vessel.partition("-")[0], (run.last_s - run.first_s) / 60
    return {
        "kind": "no_echo", "seen_by": "ais", "mmsi": int(number) if number.isdigit() else None, "name": None,
        "boat_id": None, "since": _moment(run.first_s), "from": _moment(run.first_s), "until": _moment(run.last_s),
        "lat_deg": round(run.lat_deg, 6), "lon_deg": round(run.lon_deg, 6), "reports": run.scans, "distance_nm": None,
        "coverage": round(run.chance, 2), "reason": f"AIS 有船位，雷达在该处 {minutes:.0f} 分钟看不到船",
        "reason_en": f"AIS reports a position where radar has seen nothing for {minutes:.0f} min",
    }  # fmt: skip


def _moment(at_s: float) -> str:
    return _iso(datetime.fromtimestamp(at_s, UTC))


def _evidence(evidence: Evidence, done: Screening) -> dict[str, Any]:
    line = int(evidence.ref.partition(":")[2]) if evidence.ref.startswith("line:") else None
    at = None if evidence.observed_at is None else _iso(evidence.observed_at)
    found: dict[str, Any] = {"kind": evidence.kind, "text": evidence.text, "observed_at": at, "ref": ""}
    if line is not None:
        found["ref"] = place_of(done.read, line)
        found["raw"] = done.raw.get(line, "")
    return found


def _register_evidence(verdict: Verdict) -> list[dict[str, Any]]:
    row = verdict.row
    if row is None:
        return []
    ref = f"register:{row.boat_id}:{row.version}"
    return [{"kind": "register", "text": f"{row.name_zh} MMSI {row.mmsi}", "observed_at": None, "ref": ref}]


def place_of(found: Input, line: int) -> str:
    """Return ``file:line`` (from 1) of a line of the run."""
    for source in found.sources:
        if source.first_line <= line < source.first_line + source.lines:
            return f"{source.path.name}:{line - source.first_line + 1}"
    return ""


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def track_table(done: Screening) -> pa.Table:
    """Return every position with the target that it joined; `target_id` is null where it was set aside."""
    columns = done.columns
    ids = [target_id(m, n) if n else None for m, n in zip(columns.mmsi.tolist(), done.joined.tolist(), strict=True)]
    nothing = columns.sog < 0
    return pa.table(
        {
            "target_id": pa.array(ids, pa.string()), "mmsi": pa.array(columns.mmsi),
            "observed_at": pa.array(np.round(columns.time_s * 1e6).astype(np.int64)).cast(pa.timestamp("us", "UTC")),
            "lat_deg": pa.array(columns.lat / UNITS_PER_DEGREE), "lon_deg": pa.array(columns.lon / UNITS_PER_DEGREE),
            "sog_kn": pa.array(columns.sog / 10, mask=nothing),
            "cog_deg": pa.array(columns.cog / 10, mask=columns.cog < 0),
            "heading_deg": pa.array(columns.heading.astype(float), mask=columns.heading < 0),
            "source": pa.array([SOURCES[k].value for k in columns.source.tolist()]),
        }
    )  # fmt: skip


def geojson(done: Screening) -> dict[str, Any]:
    """Return a FeatureCollection: the way of each target with its class, thinned to be drawn."""
    ways: dict[str, list[list[float]]] = {}
    for reports in reports_of(done.columns, done.joined):
        ways[reports.target_id] = _thinned(reports.lon, reports.lat)
    features = [
        _feature(ways.get(v.target_id, [[v.lon_deg, v.lat_deg]]), _row(v, done))
        for v in done.verdicts
        if v.lon_deg is not None and v.lat_deg is not None
    ]
    for target in done.associated.dark:
        points = np.array(target.history)
        features.append(_feature(_thinned(points[:, 2], points[:, 1]), _dark_row(target, done)))
    return {"type": "FeatureCollection", "features": features}


def _thinned(lon: np.ndarray, lat: np.ndarray) -> list[list[float]]:
    step = max(1, -(-len(lon) // MAX_LINE_POINTS))
    rows = sorted({*range(0, len(lon), step), len(lon) - 1})
    return [[round(float(lon[k]), 6), round(float(lat[k]), 6)] for k in rows]


def _feature(points: list[list[float]], row: Mapping[str, Any]) -> dict[str, Any]:
    shown = ("target_id", "mmsi", "class", "probability", "name", "first_seen_at", "last_seen_at")
    geometry = (
        {"type": "LineString", "coordinates": points} if len(points) > 1
        else {"type": "Point", "coordinates": points[0]}
    )  # fmt: skip
    properties = {name: row[name] for name in shown} | {"reason": row["reasons"][0], "reason_en": row["reasons_en"][0]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def summary(done: Screening) -> dict[str, Any]:
    """Return the figures of a run: what was read, what was bad (with samples), how many of each class."""
    found = done.read
    classes = Counter(v.target_class.value for v in done.verdicts)
    classes[TargetClass.UNIDENTIFIED.value] += len(done.associated.dark)
    return {
        "schema": SCHEMA_VERSION, "files": [str(s.path.name) for s in found.sources], "lines": found.lines,
        "positions": len(done.columns.line), "targets": len(done.verdicts) + len(done.associated.dark),
        "classes": {name: number for name, number in sorted(classes.items()) if number},
        "file_problems": [{"file": p.file, "line": p.line, "zh": p.zh, "en": p.en} for p in found.problems],
        "counts": dict(sorted(found.counts.items())), "bad_lines": found.n_bad,
        "bad_samples": [
            {
                "at": place_of(found, b.line_no), "reason": b.reason,
                "raw": b.raw[:200].decode("ascii", "backslashreplace"),
            }
            for b in found.bad[:20]
        ],
        "time_was_guessed": found.guessed_time, "set_aside": int((done.joined == 0).sum()),
        "register_rows": len(done.register.rows), "register_problems": [p.en for p in done.register.problems[:50]],
        "detections": done.detections, "detections_taken": done.associated.taken,
        "detections_matched": done.associated.matched,
        "beidou_fixes": done.beidou, "beidou_problems": list(done.beidou_problems[:50]),
        "beidou_not_in_register": len(done.check.strangers()) if done.check is not None else 0,
        "crosschecks": dict(sorted(Counter(row["kind"] for row in crosschecks(done)).items())),
        "detection_problems": done.detection_problems[:50], "rule_version": done.rules.version,
    }  # fmt: skip
