"""The evidence bundle: a ZIP with the dossier, raw sentences, decoded table, rules and a manifest of SHA-256 sums.

The manifest names the SHA-256 of the previous bundle's manifest, so that no bundle can be left out or put in later;
the database keeps the chain (table ``evidence_bundle``). The ZIP is byte for byte the same for the same dossier.
"""

import csv
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import AppError
from services.evidence_pdf import render
from vessels.dossier import Dossier, utc_text
from vessels.dossier_html import page

SCHEMA = "huangyu-evidence/1"
MANIFEST = "manifest.json"
FIRST = "0" * 64
"""What stands for the bundle before the first."""
MAX_FILE_BYTES = 256 * 1024 * 1024
MAX_BUNDLE_BYTES = 1024 * 1024 * 1024
MAX_MANIFEST_BYTES = 4 * 1024 * 1024
"""Beyond these nothing is unpacked: a few kilobytes of ZIP can unfold to any size."""


class EvidenceError(AppError):
    """A bundle cannot be made or read; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """What verifying a bundle found; whole when `problems` is empty."""

    bundle_no: int | None
    alert_id: str | None
    manifest_sha256: str | None
    previous_sha256: str | None
    problems: tuple[str, ...]


def files_of(dossier: Dossier, rule_texts: Mapping[str, str], font: Path | None = None) -> dict[str, bytes]:
    """Return the files of a bundle without its manifest."""
    files = {
        "dossier.html": page(dossier).encode(),
        "dossier.pdf": render(dossier, font),
        "raw.nmea": "".join(f"{r.text}\n" for r in dossier.raw).encode(),
        "decoded.csv": _decoded(dossier).encode("utf-8-sig"),
        "track.geojson": json.dumps(_track(dossier), ensure_ascii=False).encode(),
        "facts.json": json.dumps(_facts(dossier), ensure_ascii=False, indent=1).encode(),
    }
    return files | {f"rules/{name}": text.encode() for name, text in rule_texts.items()}


def _decoded(dossier: Dossier) -> str:
    names = sorted({name for row in dossier.decoded for name in row} - {"observed_at", "receiver", "msg_type", "mmsi"})
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, ["observed_at", "receiver", "msg_type", "mmsi", *names], lineterminator="\n")
    writer.writeheader()
    writer.writerows(dossier.decoded)
    return out.getvalue()


def _track(dossier: Dossier) -> dict[str, Any]:
    points = [[round(p.lon_deg, 6), round(p.lat_deg, 6)] for p in dossier.track]
    times = [utc_text(p.observed_at) for p in dossier.track]
    return {
        "type": "Feature",
        "geometry": {"type": "MultiPoint", "coordinates": points},
        "properties": {"target_id": dossier.target_id, "observed_at": times},
    }


def _facts(dossier: Dossier) -> dict[str, Any]:
    return {
        "alert_id": dossier.alert_id, "target_id": dossier.target_id, "title": dossier.title_zh,
        "reason_zh": dossier.reason_zh, "reason_en": dossier.reason_en, "probability": dossier.probability,
        "reasons": list(dossier.reasons_zh), "limbs": {k: dict(v) for k, v in dossier.limbs.items()},
        "register": dict(dossier.register), "rules": [list(row) for row in dossier.rules],
        "timeline": [{"at": utc_text(t.at), "what": t.what} for t in dossier.timeline],
    }  # fmt: skip


def manifest(dossier: Dossier, files: Mapping[str, bytes], previous_sha256: str) -> bytes:
    """Return the manifest's bytes: every file with size and SHA-256, and the hash of the bundle before."""
    content = {
        "schema": SCHEMA, "bundle_no": dossier.bundle_no, "alert_id": dossier.alert_id,
        "target_id": dossier.target_id, "made_at": utc_text(dossier.made_at), "actor": dossier.actor,
        "previous_sha256": previous_sha256,
        "files": {n: {"bytes": len(d), "sha256": hashlib.sha256(d).hexdigest()} for n, d in sorted(files.items())},
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def pack(files: Mapping[str, bytes], manifest_bytes: bytes) -> bytes:
    """Return the ZIP; the manifest stands first, times inside are fixed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in ((MANIFEST, manifest_bytes), *sorted(files.items())):
            entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def verify(data: bytes) -> Check:
    """Return what is wrong with a bundle: a changed, missing, extra or unreadable file, or a manifest that is none."""
    problems: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _verify(archive, problems)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zlib.error) as exc:
        problems.append(f"压缩包已损坏（{exc}）。The archive is damaged.")
    return Check(bundle_no=None, alert_id=None, manifest_sha256=None, previous_sha256=None, problems=tuple(problems))


def _verify(archive: zipfile.ZipFile, problems: list[str]) -> Check:
    names = archive.namelist()
    if len(set(names)) != len(names):
        problems.append("压缩包内有同名文件。The archive has two files of one name.")
    if MANIFEST not in names:
        problems.append("缺少 manifest.json。The manifest is missing.")
        return Check(
            bundle_no=None, alert_id=None, manifest_sha256=None, previous_sha256=None, problems=tuple(problems)
        )
    if problem := _hostile(archive):
        problems.append(problem)
        return Check(
            bundle_no=None, alert_id=None, manifest_sha256=None, previous_sha256=None, problems=tuple(problems)
        )
    raw = archive.read(MANIFEST)
    content = _manifest(raw, problems)
    listed = content.get("files")
    listed = listed if isinstance(listed, dict) else {}
    added = sorted(set(names) - set(listed) - {MANIFEST})
    problems += [f"{name}: 清单中没有，是后加的。Not in the manifest: it was added." for name in added]
    for name, stated in sorted(listed.items()):
        _verify_file(archive, name, stated, names, problems)
    number, alert = content.get("bundle_no"), content.get("alert_id")
    previous = content.get("previous_sha256")
    return Check(
        bundle_no=number if isinstance(number, int) else None, alert_id=alert if isinstance(alert, str) else None,
        manifest_sha256=hashlib.sha256(raw).hexdigest(),
        previous_sha256=previous if isinstance(previous, str) else None, problems=tuple(problems),
    )  # fmt: skip


def _hostile(archive: zipfile.ZipFile) -> str | None:
    """Return why an archive must not be unpacked; None when it may."""
    entries = archive.infolist()
    unsafe = next((e.filename for e in entries if _leaves_the_folder(e.filename)), None)
    if unsafe is not None:
        return f"{unsafe!r}: 文件名指向包外，不要解压。The name leads out of the bundle: do not unpack it."
    sizes = {e.filename: e.file_size for e in entries}
    if sizes[MANIFEST] > MAX_MANIFEST_BYTES or sum(e.file_size for e in entries) > MAX_BUNDLE_BYTES:
        return "压缩包解开后过大，不要解压。It would unfold to far too much: do not unpack it."
    return None


def _leaves_the_folder(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name


def _manifest(raw: bytes, problems: list[str]) -> dict[str, Any]:
    try:
        content = json.loads(raw)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as exc:
        problems.append(f"manifest.json 无法读取（{exc}）。The manifest cannot be read.")
        return {}
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        problems.append("manifest.json 不是本系统的清单。The manifest is not one of ours.")
        return {}
    return content


def _verify_file(archive: zipfile.ZipFile, name: str, stated: object, names: list[str], problems: list[str]) -> None:
    if name not in names:
        problems.append(f"{name}: 缺失。Missing.")
        return
    if archive.getinfo(name).file_size > MAX_FILE_BYTES:
        problems.append(f"{name}: 过大。Too large.")
        return
    wanted = stated.get("sha256") if isinstance(stated, dict) else None
    if hashlib.sha256(archive.read(name)).hexdigest() != wanted:
        problems.append(f"{name}: 内容被改动。Changed.")
