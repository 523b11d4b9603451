"""Collects everything about one alert from the store and makes the bundle."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
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
from vessels.dossier import Dossier, RawSentence, TimelineEntry, TrackPoint, utc_text
from vessels.register import RegisterRow

BEFORE, AFTER = timedelta(hours=6), timedelta(minutes=30)
"""What the bundle shows around the alert: six hours before it was seen, half an hour after the last time."""
MAX_RAW = 20_000
_HIDDEN = {"owner_phone", "beidou_id"}
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
    verdicts = await store.findings.verdicts(since - timedelta(days=30), [alert.subject.id])
    verdict = verdicts[0] if verdicts else None
    return Dossier(
        bundle_no=0, alert_id=alert_id, title_zh=_title(alert, zh=True), title_en=_title(alert, zh=False),
        target_id=alert.subject.id, made_at=at, actor=actor, reason_zh=alert.reason_zh, reason_en=alert.reason_en,
        probability=alert.probability, limbs=verdict.limbs if verdict else {},
        reasons_zh=tuple(verdict.reasons_zh) if verdict else (),
        register=await _register(store, verdict),
        track=track, timeline=await _timeline(store, alert), raw=raw, decoded=decoded(raw),
        rules=rule_files(rules_dir), **_coast(track),
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
    for name in ("screening.toml", "mmsi.toml", "names.toml", "association.toml"):
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
    margin = max(0.15, (max(lats) - min(lats)) * 0.6, (max(lons) - min(lons)) * 0.6)
    try:
        coast = region(
            max(-90.0, min(lats) - margin), min(lons) - margin, min(90.0, max(lats) + margin), max(lons) + margin
        )
    except AppError:
        return {}
    rings = [[(x, y) for x, y in part.exterior.coords] for part in coast.land.geoms if not part.is_empty]
    return {"land": tuple(rings), "coast_notice": " ".join(coast.notice)}
