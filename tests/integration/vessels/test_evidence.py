"""The evidence bundle of a real alert on a real database: made, chained, verified, and broken in every way."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.rules import load as load_alert_rules
from services.alerting import AlertDesk
from services.evidence import make
from services.evidence_bundle import verify
from services.judges import JudgeContext
from services.judges.identity import IdentityJudge
from store.positions import RawLine
from store.store import Store
from tests.integration.vessels.sailing import ANCHOR, RULES, sail

AT = ANCHOR + timedelta(minutes=30)


async def _alert(store: Store) -> str:
    traffic, _ = await sail(store, seed=3, hours=0.5)
    lines = [
        RawLine(observed_at=h.at, gateway_id="gw-dt01", seq=n, receiver=h.receiver, line=h.tagged())
        for n, h in enumerate(traffic.sentences(hours=0.5))
    ]
    await store.positions.add_raw(lines)
    found = await IdentityJudge()(JudgeContext(store=store, rules_dir=RULES, at=AT, open_keys=frozenset()))
    wanted = [f for f in found if f.rule == "vessels.identity.unregistered"][:1]
    desk = AlertDesk(store, load_alert_rules(RULES))
    for minute in range(6):
        await desk.apply(wanted, AT + timedelta(minutes=minute))
    return next(a.alert_id for a in await store.alerts.open_alerts() if a.key == wanted[0].key)


async def test_bundle_of_an_alert_is_whole_every_change_is_found_and_the_next_chains_to_it(
    store: Store, tmp_path: Path
) -> None:
    alert_id = await _alert(store)
    path, _ = await make(store, alert_id, rules_dir=RULES, at=AT, actor="officer", out=tmp_path)
    _assert_whole(path, alert_id)
    await _assert_chained(store, alert_id, path, tmp_path)


def _assert_whole(path: Path, alert_id: str) -> None:
    data = path.read_bytes()
    check = verify(data)
    assert (check.problems, check.alert_id, check.bundle_no) == ((), alert_id, 1)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        assert {"dossier.pdf", "dossier.html", "raw.nmea", "decoded.csv", "track.geojson", "facts.json"} <= names
        assert "rules/screening.toml" in names
        facts = json.loads(archive.read("facts.json"))
        raw = archive.read("raw.nmea").decode().splitlines()
        decoded = archive.read("decoded.csv").decode("utf-8-sig").splitlines()
        assert facts["limbs"]["certificate"]["state"] == "failed"
        assert raw
        assert all("!AIVDM" in line for line in raw)
        assert len(decoded) >= len(raw)
        assert "疑似三无" in archive.read("dossier.html").decode()
        assert archive.read("dossier.pdf").startswith(b"%PDF")
        assert not any(b"1990000" in archive.read(name) for name in names), "no phone number in a bundle"
    _assert_any_byte_changed_is_found(data)
    _assert_any_repacking_is_found(data)


async def _assert_chained(store: Store, alert_id: str, first: Path, tmp_path: Path) -> None:
    path, link = await make(store, alert_id, rules_dir=RULES, at=AT, actor="officer", out=tmp_path)
    assert link.previous_sha256 == verify(first.read_bytes()).manifest_sha256
    assert verify(path.read_bytes()).previous_sha256 == link.previous_sha256
    assert await store.evidence.problems() == []
    said = _verify_command(path)
    assert said.returncode == 0
    assert first.name in said.stdout
    assert "NOT checked" in said.stdout
    first.write_bytes(_repacked(first.read_bytes(), {"manifest.json": _forged_manifest(first)}))
    assert not [p for p in verify(first.read_bytes()).problems if "manifest" in p], "a whole bundle, made anew"
    said = _verify_command(path)
    assert said.returncode == 1
    assert "does not chain" in said.stderr


def _forged_manifest(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return json.dumps(json.loads(archive.read("manifest.json")) | {"actor": "somebody else"}).encode()


def _verify_command(file: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "services.cli.main", "evidence", "verify", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("../../etc/passwd", b"x", "leads out"),
        ("C:\\windows\\x", b"x", "leads out"),
        ("/etc/x", b"x", "leads out"),
        ("manifest.json", b" " * 5_000_000, "far too much"),
    ],
)
def test_hostile_archive_is_refused_before_anything_is_unpacked(name: str, content: bytes, expected: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        if name != "manifest.json":
            archive.writestr("manifest.json", b"{}")
    assert any(expected in problem for problem in verify(out.getvalue()).problems)


def _assert_any_byte_changed_is_found(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
    for info in infos:
        start = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
        changed = bytearray(data)
        changed[start] ^= 0x01
        assert verify(bytes(changed)).problems, info.filename


def _repacked(data: bytes, change: dict[str, bytes | None]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = change.get(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name in change.keys() - set(old.namelist()):
            new.writestr(name, change[name] or b"")
    return out.getvalue()


def _assert_any_repacking_is_found(data: bytes) -> None:
    changes: list[tuple[dict[str, bytes | None], str]] = [
        ({"raw.nmea": b"!AIVDM,forged"}, "raw.nmea"),
        ({"dossier.pdf": None}, "dossier.pdf"),
        ({"extra.txt": b"hello"}, "extra.txt"),
        ({"manifest.json": b"{}"}, "manifest.json"),
        ({"manifest.json": None}, "manifest.json"),
    ]
    for change, expected in changes:
        assert any(expected in problem for problem in verify(_repacked(data, change)).problems), change


def test_verify_command_on_garbage_says_so_and_exits_one(tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(b"not a zip")
    done = subprocess.run(
        [sys.executable, "-m", "services.cli.main", "evidence", "verify", str(file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "damaged" in done.stderr
