"""The dossier of an alert: what stands on the page, where the map lies, and that no text breaks out of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.evidence_pdf import render
from vessels.dossier import Dossier, Place, TrackPoint
from vessels.dossier_html import page
from vessels.dossier_map import MAP_H, MAP_W, frame, frame_of, grid

AT = datetime(2026, 11, 20, 4, tzinfo=UTC)
TRACK = [
    TrackPoint(observed_at=AT + timedelta(minutes=k), lat_deg=27.80 + k * 1e-3, lon_deg=121.6 + k * 5e-4)
    for k in range(30)
]
DOSSIER = Dossier(
    bundle_no=7, alert_id="a1", title_zh="疑似套牌：ZHEDONGYU75036", title_en="suspected borrowed identity",
    target_id="412987784", made_at=AT, actor="officer", reason_zh="冒用船名", reason_en="uses a name",
    probability=0.96, track=TRACK, register={"name_zh": "浙洞渔75036", "version": "3", "port": "洞头"},
    particulars=(("MMSI", "412987784"),), places=(Place(name="洞头岛", lat_deg=27.84, lon_deg=121.15),),
    limbs={"port": {"state": "failed", "reason_zh": "查无船籍港", "reason_en": "no port"}},
)  # fmt: skip


def test_page_has_what_a_case_file_needs() -> None:
    text = page(DOSSIER)
    words = (
        "疑似套牌",
        "96%",
        "船籍港",
        "第 3 版",
        "不符合",
        "洞头岛",
        "承办人",
        "A4",
        "<svg",
        "viewport",
        "11-20 12:00",
    )
    assert [word for word in words if word not in text] == []
    assert "port</td>" not in text, "columns stand under words that an officer knows"


def test_hostile_texts_stay_texts() -> None:
    bad = "<script>alert(1)</script>"
    text = page(
        replace(DOSSIER, title_zh=bad, reason_zh=bad, reasons_zh=(bad,), register={"owner": bad}, actor=bad,
                particulars=((bad, bad),), places=(Place(name=bad, lat_deg=27.82, lon_deg=121.61),))
    )  # fmt: skip
    assert "<script" not in text


@pytest.mark.parametrize("places", [DOSSIER.places, ()], ids=["an island 24 nmi west", "nothing near"])
def test_map_shows_the_whole_track_and_widens_until_a_place_shows(places: tuple[Place, ...]) -> None:
    box = frame_of(replace(DOSSIER, places=places))
    assert all(box.shows(p.lat_deg, p.lon_deg) for p in TRACK)
    assert box.shows(27.84, 121.15) == bool(places)
    assert 60 <= box.bar_nm * box.mile <= MAP_W


@pytest.mark.parametrize("span_nm", [1.0, 8.0, 64.0, 600.0])
def test_grid_lies_on_the_map_with_few_lines(span_nm: float) -> None:
    lines = list(grid(frame(TRACK[:1], span_nm)))
    assert 2 <= len(lines) <= 20
    assert all(-1 <= line.at <= (MAP_W if line.upright else MAP_H) + 1 for line in lines)


@pytest.mark.parametrize("dossier", [DOSSIER, replace(DOSSIER, track=(), register={}, limbs={}, particulars=())])
def test_pdf_is_made_with_and_without_a_track(dossier: Dossier) -> None:
    assert render(dossier).startswith(b"%PDF")
