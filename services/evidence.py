"""Collects everything about one alert from the store and makes the bundle."""

import hashlib
import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.errors import AppError
from core.target import TargetClass
from services.evidence_bundle import EvidenceError, files_of, manifest, pack
from store.evidence import Bundle
from store.findings import VerdictRow
from store.store import Store
from vessels.ais import Decoder
from vessels.ais_explain import explain
from vessels.coast import region
from vessels.dossier import Dossier, Place, RawSentence, TimelineEntry, TrackPoint, local, utc_text
from vessels.register import RegisterRow

BEFORE, AFTER = timedelta(hours=6), timedelta(minutes=30)
"""What the bundle shows around the alert: six hours before it was seen, half an hour after the last time."""
MAX_RAW = 20_000
_HIDDEN = {"owner_phone", "beidou_id"}
_COAST_DEG = 0.75
"""Land this far around a track is looked for: half the widest map (`dossier_map.SPANS_NM`)."""
_STEPS = {"raised": "系统发现", "acknowledged": "确认", "taken": "接警处置", "disposed": "处置完成", "closed": "办结"}


async def make(
    store: Store, alert_id: str, *, rules_dir: Path, at: datetime, actor: str, out: Path
) -> tuple[Path, Bundle]:
    """Write the bundle of an alert into a folder and add it to the chain; return the file and its link."""
    draft = await collect(store, alert_id, rules_dir=rules_dir, at=at, actor=actor)
    texts = {Path(name).name: (rules_dir / name).read_text(encoding="utf-8") for name, _, _ in draft.rules}
    out.mkdir(parents=True, exist_ok=True)
    made: dict[str, bytes] = {}

    def link(number: int, previous: str) -> Bundle:
        dossier = replace(draft, bundle_no=number)
        files = files_of(dossier, texts)
        listed = manifest(dossier, files, previous)
        name = f"evidence-{number:06d}-{alert_id[:8]}.zip"
        made[name] = pack(files, listed)
        return Bundle(
            bundle_no=number, alert_id=alert_id, made_at=at, actor=actor, file_name=name,
            manifest_sha256=hashlib.sha256(listed).hexdigest(), previous_sha256=previous,
        )  # fmt: skip

    bundle = await store.evidence.append(link)
    path = out / bundle.file_name
    path.write_bytes(made[bundle.file_name])
    return path, bundle


async def collect(store: Store, alert_id: str, *, rules_dir: Path, at: datetime, actor: str) -> Dossier:
    """Return the dossier of an alert as of now; EvidenceError when there is no such alert."""
    alert = await store.alerts.get(alert_id)
    if alert is None:
        raise EvidenceError(f"没有告警 {alert_id}；用 huangyu alert list 查看。No such alert: see huangyu alert list.")
    mmsi = mmsi_of(alert.subject.id)
    since, until = alert.first_active_at - BEFORE, alert.last_active_at + AFTER
    track, raw = await _sightings(store, mmsi, since, until)
    if mmsi is None:
        track = await _detected(store, alert.subject.id, since, until)
    verdicts = await store.findings.verdicts(since - timedelta(days=30), [alert.subject.id])
    verdict = verdicts[0] if verdicts else None
    return Dossier(
        bundle_no=0, alert_id=alert_id, title_zh=_title(alert, zh=True), title_en=_title(alert, zh=False),
        target_id=alert.subject.id, made_at=at, actor=actor, reason_zh=alert.reason_zh, reason_en=alert.reason_en,
        probability=alert.probability, limbs=verdict.limbs if verdict else {},
        reasons_zh=tuple(verdict.reasons_zh) if verdict else (),
        register=await _register(store, verdict),
        track=track, timeline=await _timeline(store, alert), raw=raw, decoded=decoded(raw),
        rules=rule_files(rules_dir), particulars=_particulars(verdict, track), places=_places(rules_dir),
        **_coast(track),
    )  # fmt: skip


def mmsi_of(subject_id: str) -> int | None:
    """Return the MMSI of a target id (``412000123``, ``412000123-2``), None for other subjects."""
    digits = subject_id.partition("-")[0]
    return int(digits) if digits.isdigit() else None


def _title(alert: Any, *, zh: bool) -> str:
    kind = alert.rule.rpartition(".")[2]
    try:
        word = TargetClass(kind).zh if zh else TargetClass(kind).en
    except ValueError:
        word = "告警证据" if zh else f"Evidence of alert {alert.rule}"
    return f"{word}：{alert.subject.name or alert.subject.id}" if zh else f"{word}: {alert.subject.id}"


async def _sightings(
    store: Store, mmsi: int | None, since: datetime, until: datetime
) -> tuple[list[TrackPoint], list[RawSentence]]:
    """Return a target's positions and the raw sentences that name it."""
    if mmsi is None:
        return [], []
    track = [
        TrackPoint(observed_at=p.observed_at, lat_deg=p.lat_deg, lon_deg=p.lon_deg, sog_kn=p.sog_kn, cog_deg=p.cog_deg)
        for p in await store.positions.track(mmsi, since, until)
    ]
    lines = await store.positions.raw(since, until)
    batch = Decoder(hold_fragments=False).feed([line.line for line in lines], [line.observed_at for line in lines])
    mine = sorted(number for number, sender in batch.line_mmsi.items() if sender == mmsi)[:MAX_RAW]
    heard = [lines[k] for k in mine]
    return track, [RawSentence(observed_at=h.observed_at, receiver=h.receiver, text=h.line) for h in heard]


async def _detected(store: Store, target_id: str, since: datetime, until: datetime) -> list[TrackPoint]:
    """Return where an unidentified target was seen."""
    return [
        TrackPoint(observed_at=seen.observed_at, lat_deg=seen.lat_deg, lon_deg=seen.lon_deg)
        for seen in await store.detections.of_target(target_id, since, until)
    ]


def decoded(raw: Sequence[RawSentence]) -> list[dict[str, Any]]:
    """Return every field of each sentence, by pyais; an unreadable one has its time and receiver only."""
    rows = []
    for sentence in raw:
        head = {"observed_at": utc_text(sentence.observed_at), "receiver": sentence.receiver}
        rows.append(head | (explain(*sentence.text.split("\n")) or {}))
    return rows


async def _register(store: Store, verdict: VerdictRow | None) -> Mapping[str, str]:
    """Return the register row that the verdict was reached with, personal data left out."""
    if verdict is None or verdict.boat_id is None:
        return {}
    boat_id, version = verdict.boat_id, verdict.boat_version
    rows = await store.register.rows(datetime(1970, 1, 1, tzinfo=UTC))
    row = next((r for r in rows if r.boat_id == boat_id and r.version == version), None)
    if row is None:
        return {}
    shown = [f.name for f in fields(RegisterRow) if f.name not in _HIDDEN and getattr(row, f.name)]
    return {name: _text(getattr(row, name)) for name in shown}


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return local(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


async def _timeline(store: Store, alert: Any) -> list[TimelineEntry]:
    found = [TimelineEntry(at=alert.first_active_at, what=f"开始：{alert.reason_zh}")]
    found += [
        TimelineEntry(at=change.judged_at, what=f"研判为{TargetClass(change.target_class).zh}：{change.reason_zh}")
        for change in await store.findings.history(alert.subject.id)
    ]
    for event in await store.alerts.events(alert.alert_id):
        step = str(event.step)
        note = f"，{event.note}" if event.note else ""
        found.append(TimelineEntry(at=event.at, what=f"{_STEPS.get(step, step)}（{event.actor}）{note}"))
    return sorted(found, key=lambda entry: entry.at)


def rule_files(rules_dir: Path) -> list[tuple[str, str, str]]:
    """Return (file, version, SHA-256) of the rules that identities are judged by."""
    found = []
    for name in ("screening.toml", "mmsi.toml", "names.toml", "association.toml", "beidou.toml", "coverage.toml"):
        path = rules_dir / name
        if path.is_file():
            data = path.read_bytes()
            version = str(tomllib.loads(data.decode()).get("version", ""))
            found.append((name, version, hashlib.sha256(data).hexdigest()))
    return found


def _coast(track: Sequence[TrackPoint]) -> dict[str, Any]:
    """Return the coast around a track for the map; none where the coastline is not installed."""
    if not track:
        return {}
    lats, lons = [p.lat_deg for p in track], [p.lon_deg for p in track]
    margin = max(_COAST_DEG, (max(lats) - min(lats)) * 0.6, (max(lons) - min(lons)) * 0.6)
    south, west, north, east = (
        _whole(min(lats) - margin, math.floor), _whole(min(lons) - margin, math.floor),
        _whole(max(lats) + margin, math.ceil), _whole(max(lons) + margin, math.ceil),
    )  # fmt: skip
    try:
        coast = region(max(-90.0, south), west, min(90.0, north), east)
    except AppError:
        return {}
    rings = [[(x, y) for x, y in part.exterior.coords] for part in coast.land.geoms if not part.is_empty]
    return {"land": tuple(rings), "coast_notice": " ".join(coast.notice)}


def _whole(degrees: float, rounded: Callable[[float], int]) -> float:
    """Return degrees rounded to halves, so that tracks in the same waters share one clip of the coast."""
    return rounded(degrees * 2) / 2


def _places(rules_dir: Path) -> tuple[Place, ...]:
    path = rules_dir / "placenames.toml"
    if not path.is_file():
        return ()
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("place", ())
    return tuple(Place(name=row["zh"], lat_deg=row["lat_deg"], lon_deg=row["lon_deg"]) for row in rows)


def _particulars(verdict: VerdictRow | None, track: Sequence[TrackPoint]) -> tuple[tuple[str, str], ...]:
    """Return what the target said and did, for the head of the dossier; what is not known is left out."""
    if verdict is None:
        return ()
    facts = verdict.facts
    length, beam = facts.get("length_m"), facts.get("beam_m")
    last = track[-1] if track else None
    found = {
        "MMSI": str(verdict.mmsi) if verdict.mmsi >= 0 else None,
        "播发船名": next((e["text"] for e in verdict.evidence if e.get("kind") == "name"), None),
        "播发尺寸": f"长 {length:g} 米，宽 {beam or 0:g} 米" if length else None,
        "播发船型": str(facts["ship_type"]) if facts.get("ship_type") else None,
        "首次发现": local(verdict.first_seen_at), "最近发现": local(verdict.last_seen_at),
        "最后船位": f"{last.lat_deg:.5f}N {last.lon_deg:.5f}E" if last else None,
        "航速": f"中位 {facts['sog_median_kn']:g} 节，95% 不超过 {facts.get('sog_high_kn') or 0:g} 节"
        if facts.get("sog_median_kn") is not None else None,
        "船位报告": f"{facts['reports']} 次" if facts.get("reports") else None,
    }  # fmt: skip
    return tuple((word, value) for word, value in found.items() if value)
