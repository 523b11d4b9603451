"""``huangyu screen`` on real files: logs plain and packed, tables, detections, and everything that can be wrong."""

import csv
import gzip
import json
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from core.errors import AppError
from firmware_sim.traffic import build_traffic
from services.cli.screen import app
from tests.integration.vessels.sailing import ANCHOR, register_csv
from vessels.ais import Decoder

KEYS = {
    "target_id",
    "mmsi",
    "class",
    "probability",
    "limbs",
    "reasons",
    "evidence",
    "first_seen_at",
    "last_seen_at",
    "bbox",
}


@pytest.fixture(scope="module")
def sea(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sea")
    traffic = build_traffic(scenario="intruder", seed=11, anchor=ANCHOR)
    lines = [heard.tagged() for heard in traffic.sentences(hours=0.4)]
    (folder / "log.nmea").write_text("\n".join(lines), encoding="ascii")
    (folder / "log.nmea.gz").write_bytes(gzip.compress("\r\n".join(lines).encode()))
    (folder / "register.csv").write_bytes(register_csv(traffic.register_rows()))
    positions = Decoder().feed(lines).positions
    rows = [
        f"{p.mmsi},{p.observed_at.isoformat()},{p.lat_deg},{p.lon_deg},{p.sog_kn or ''},{p.cog_deg or ''}"
        for p in positions
    ]
    (folder / "positions.csv").write_text("MMSI,BaseDateTime,LAT,LON,SOG,COG\n" + "\n".join(rows), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def clean(sea: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return _screen(sea / "log.nmea", "--out", tmp_path_factory.mktemp("clean"))


def _screen(*arguments: object) -> dict[str, object]:
    done = CliRunner().invoke(app, [str(a) for a in (*arguments, "--json")], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    figures: dict[str, object] = json.loads(done.stdout)
    return figures


def _rows(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / "findings.jsonl").read_text(encoding="utf-8").splitlines()]


def test_plain_and_packed_log_give_the_same_documented_findings(sea: Path, tmp_path: Path) -> None:
    for name in ("log.nmea", "log.nmea.gz"):
        _screen(sea / name, "--registry", sea / "register.csv", "--out", tmp_path / name)
    plain, packed = _rows(tmp_path / "log.nmea"), _rows(tmp_path / "log.nmea.gz")
    assert [(r["target_id"], r["class"], r["probability"]) for r in plain] == [
        (r["target_id"], r["class"], r["probability"]) for r in packed
    ]
    for row in plain:
        assert row.keys() >= KEYS
        assert set(row["limbs"]) == {"name", "certificate", "port", "match"}  # type: ignore[call-overload]
    accused = [r for r in plain if r["class"] == "unregistered"]
    assert accused
    lines = (sea / "log.nmea").read_text().splitlines()
    for proof in accused[0]["evidence"]:  # type: ignore[attr-defined]
        if proof.get("raw"):
            assert lines[int(proof["ref"].rpartition(":")[2]) - 1] == proof["raw"]


def test_tracks_file_holds_every_position_with_its_target(sea: Path, tmp_path: Path) -> None:
    figures = _screen(sea / "log.nmea", "--registry", sea / "register.csv", "--out", tmp_path)
    table = pq.read_table(tmp_path / "tracks.parquet")
    assert table.num_rows == figures["positions"]
    known = {row["target_id"] for row in _rows(tmp_path) if row["mmsi"] is not None}
    joined = set(table["target_id"].to_pylist()) - {None}
    assert len(joined & known) >= 0.9 * len(known)
    shapes = json.loads((tmp_path / "targets.geojson").read_text(encoding="utf-8"))
    assert len(shapes["features"]) == len(_rows(tmp_path))


def test_position_table_is_screened_too(sea: Path, tmp_path: Path) -> None:
    figures = _screen(sea / "positions.csv", "--registry", sea / "register.csv", "--out", tmp_path)
    assert figures["bad_lines"] == 0
    assert figures["classes"]["registered"] >= 10  # type: ignore[index]


def test_hostile_log_is_counted_and_harms_no_neighbour(sea: Path, tmp_path: Path) -> None:
    good = (sea / "log.nmea").read_bytes().splitlines()
    bad = [b"\x00\xff" * 40, b"!AIVDM,1,1,,A,cut", b"", b"A" * 3_000, b"$GPGGA,*00", b"!AIVDM,9,1,1,A,x,0*00"]
    mixed = b"\n".join(line for k, line in enumerate(good) for line in ((line, bad[k % 6]) if k % 7 == 0 else (line,)))
    (tmp_path / "mixed.nmea").write_bytes(mixed + b"\n" + b"A" * 9_000_000)
    clean = _screen(sea / "log.nmea", "--registry", sea / "register.csv", "--out", tmp_path / "a")
    dirty = _screen(tmp_path / "mixed.nmea", "--registry", sea / "register.csv", "--out", tmp_path / "b")
    assert dirty["positions"] == clean["positions"]
    assert dirty["classes"] == clean["classes"]
    assert dirty["bad_lines"] > clean["bad_lines"]  # type: ignore[operator]
    assert all(sample["at"].startswith("mixed.nmea:") for sample in dirty["bad_samples"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "content"),
    [("no.csv", b"a,b\n1,2\n"), ("cut.gz", gzip.compress(b"x" * 5000, mtime=0)[:20]), ("bad.parquet", b"PAR1 no")],
)
def test_unreadable_file_is_refused_with_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AppError, match=name):
        _screen(tmp_path / name, "--out", tmp_path / "out")


@pytest.mark.parametrize("harm", ["cut", "damaged", "no trailer"])
def test_broken_packed_log_gives_what_could_be_read_and_harms_no_neighbour(
    sea: Path, clean: dict[str, object], tmp_path: Path, harm: str
) -> None:
    whole = (sea / "log.nmea.gz").read_bytes()
    half = len(whole) // 2
    breaks = {"cut": whole[:half], "damaged": whole[:half] + b"\0" * 64 + whole[half:], "no trailer": whole[:-8]}
    (tmp_path / "broken.nmea.gz").write_bytes(breaks[harm])
    both = _screen(tmp_path / "broken.nmea.gz", sea / "log.nmea", "--out", tmp_path / "both")
    told = [(p["file"], p["line"] > 0) for p in both["file_problems"]]  # type: ignore[attr-defined]
    assert told == [("broken.nmea.gz", True)]
    assert both["positions"] > 1.3 * clean["positions"]  # type: ignore[operator]
    assert both["classes"] == clean["classes"]


def test_table_with_every_kind_of_bad_row_keeps_the_good_ones(sea: Path, tmp_path: Path) -> None:
    good = (sea / "positions.csv").read_text().splitlines()
    rows = good * 8  # long enough that a reader that guesses types from the first rows would guess wrong
    rows[0] += ",VesselName"
    bad = ["", "412000001,soon,27,121,1,1,浙", "one,2026-01-01T00:00:00Z,27,121,,,", "1,2", '"open quote,2,3']
    rows = [rows[0], *(f"{row},浙洞渔1" for row in rows[1:] if row[0].isdigit()), *bad[:4]]
    for name, encoding in (("gb.csv", "gb18030"), ("utf16.csv", "utf-16"), ("bom.csv", "utf-8-sig")):
        (tmp_path / name).write_bytes("\r\n".join(rows).encode(encoding))
        figures = _screen(tmp_path / name, "--out", tmp_path / "out")
        assert figures["positions"] == 8 * (len(good) - 1)
        assert figures["bad_lines"] == 3
        assert {s["reason"] for s in figures["bad_samples"]} == {  # type: ignore[attr-defined]
            "row with another number of cells", "row without number, time or position",
        }  # fmt: skip


def test_log_saved_as_utf_16_is_read(sea: Path, clean: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "windows.log").write_text((sea / "log.nmea").read_text(), encoding="utf-16")
    assert _screen(tmp_path / "windows.log", "--out", tmp_path / "a")["positions"] == clean["positions"]


def test_file_that_is_no_log_is_told_beside_one_that_is(sea: Path, clean: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(bytes(range(256)) * 3000)
    (tmp_path / "no.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.nmea").write_bytes(b"")
    figures = _screen(
        tmp_path / "photo.jpg", tmp_path / "no.csv", tmp_path / "empty.nmea", sea / "log.nmea", "--out", tmp_path / "o"
    )
    assert [p["file"] for p in figures["file_problems"]] == ["photo.jpg", "no.csv", "empty.nmea"]  # type: ignore[attr-defined]
    assert figures["positions"] == clean["positions"]


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="No such file"):
        _screen(tmp_path / "none.nmea", "--out", tmp_path)


def test_log_without_time_is_screened_and_says_so(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "data" / "ais" / "pyais" / "nmea_data_sample.txt"
    figures = _screen(sample, "--out", tmp_path)
    assert figures["time_was_guessed"] is True
    assert figures["classes"]["foreign"] > 100  # type: ignore[index]
    assert "unregistered" not in figures["classes"]  # type: ignore[operator]


def test_detections_of_a_dark_boat_become_an_unidentified_target(sea: Path, tmp_path: Path) -> None:
    traffic = build_traffic(scenario="intruder", seed=11, anchor=ANCHOR)
    rows = [
        f"{d.at.isoformat()},{d.lat_deg},{d.lon_deg},{d.sigma_m},{d.length_m or ''}"
        for d in traffic.detections(0.4, interval_s=30, noise_m=100)
    ]
    file = tmp_path / "detections.csv"
    file.write_text("observed_at,lat_deg,lon_deg,uncertainty_m,length_m\n" + "\n".join(rows) + "\nsoon,1,2,3,4\n")
    figures = _screen(
        sea / "log.nmea", "--registry", sea / "register.csv", "--detections", file, "--out", tmp_path / "o"
    )
    dark = [row for row in _rows(tmp_path / "o") if row["mmsi"] is None]
    assert 1 <= len(dark) <= 6
    assert all(row["class"] == "unidentified" for row in dark)
    assert figures["detections_matched"] > 0.7 * figures["detections_taken"]  # type: ignore[operator]
    assert len(figures["detection_problems"]) == 1  # type: ignore[arg-type]


def test_beidou_is_held_against_ais_and_detections(sea: Path, tmp_path: Path) -> None:
    """A registered boat whose AIS stops, another whose terminal reports from elsewhere; radar sees the first."""
    rows = [
        row for row in csv.DictReader((sea / "register.csv").read_text("utf-8").splitlines()) if not row["exempt_kind"]
    ][:12]
    silent, elsewhere = rows[4:6]
    ais, beidou, seen = ["mmsi,time,lat,lon,sog,cog"], ["终端号,时间,纬度,经度"], ["time,lat,lon,uncertainty_m"]
    for minute in range(240):
        at = (ANCHOR + timedelta(minutes=minute)).isoformat()
        for k, row in enumerate(rows):
            lat, lon = 27.8 + 0.1 * minute / 60, 121.2 + 0.02 * k
            if row is not silent or minute < 60:
                ais.append(f"{row['mmsi']},{at},{lat:.5f},{lon:.5f},6,0")
            if minute % 10 == k % 10:
                shift = 0.5 if row is elsewhere else 0.0
                beidou.append(f"{row['beidou_id']},{at},{lat:.5f},{lon + shift:.5f}")
            if row is silent:
                seen.append(f"{at},{lat:.5f},{lon:.5f},100")
    beidou += ["77,soon,27,121", ",2026-11-20T04:00:00Z,27,121", "999999,2026-11-20T04:00:00Z,27,121"]
    (tmp_path / "ais.csv").write_text("\n".join(ais))
    (tmp_path / "beidou.csv").write_bytes("\n".join(beidou).encode("gb18030"))
    (tmp_path / "seen.csv").write_text("\n".join(seen))
    figures = _screen(
        tmp_path / "ais.csv", "--registry", sea / "register.csv", "--beidou", tmp_path / "beidou.csv",
        "--detections", tmp_path / "seen.csv", "--out", tmp_path / "o",
    )  # fmt: skip
    assert figures["crosschecks"] == {"ais_silent": 1, "apart": 1}
    assert len(figures["beidou_problems"]) == 2  # type: ignore[arg-type]
    assert figures["beidou_not_in_register"] == 1
    told = [json.loads(line) for line in (tmp_path / "o" / "crosschecks.jsonl").read_text("utf-8").splitlines()]
    assert {(row["kind"], row["mmsi"]) for row in told} == {
        ("ais_silent", int(silent["mmsi"])), ("apart", int(elsewhere["mmsi"])),
    }  # fmt: skip
    assert "unidentified" not in figures["classes"], "radar's plots are the boat that Beidou sees"  # type: ignore[operator]


def test_boat_that_goes_dark_under_radar_and_one_without_an_echo_are_told_and_are_no_targets(tmp_path: Path) -> None:
    ais, seen = ["mmsi,time,lat,lon,sog,cog"], ["time,lat,lon,uncertainty_m"]
    for half in range(240):
        at = (ANCHOR + timedelta(seconds=30 * half)).isoformat()
        for k in range(9):
            lat, lon = 27.8 + 0.1 * half / 120, 121.2 + 0.01 * k
            if k or half < 60:
                ais.append(f"{412000000 + k},{at},{lat:.5f},{lon:.5f},6,0")
            if k != 4:
                seen.append(f"{at},{lat:.5f},{lon:.5f},100")
    (tmp_path / "ais.csv").write_text("\n".join(ais))
    (tmp_path / "seen.csv").write_text("\n".join(seen))
    figures = _screen(tmp_path / "ais.csv", "--detections", tmp_path / "seen.csv", "--out", tmp_path / "o")
    told = [json.loads(line) for line in (tmp_path / "o" / "crosschecks.jsonl").read_text("utf-8").splitlines()]
    assert [(row["kind"], row["mmsi"], row["seen_by"]) for row in told] == [
        ("ais_silent", 412000000, "radar"), ("no_echo", 412000004, "ais"),
    ]  # fmt: skip
    assert "unidentified" not in figures["classes"]  # type: ignore[operator]
