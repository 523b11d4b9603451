# ruff: noqa: PLC0415 - tables of examples; heavy readers are imported where they are used
"""The parts of the web side that need no server: addresses, tokens, limits, files, settings."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit import config as streamlit_config

from core.errors import ConfigError, StartError
from core.settings import build
from dashboard import packages
from dashboard.i18n import Words
from dashboard.look import STATES
from dashboard.report import AlertLine, DayLine, Report, pdf
from dashboard.serving import bind, options
from dashboard.settings import DashboardSettings
from dashboard.web.api import RateLimit
from dashboard.web.cookies import form_token
from dashboard.web.download import bundle_path
from dashboard.web.guard import tile_origin
from dashboard.web.signin import safe_next
from dashboard.web.static import KINDS, ROOT, compressed, index_page

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROWS = [
    packages.ReadingRow(
        observed_at=NOW + timedelta(minutes=10 * n),
        cage_id="dt01-c01",
        point=point,
        quantity=quantity,
        depth_m=depth,
        value=value,
        qc=1,
    )
    for n in range(3)
    for point, quantity, depth, value in (("d2", "do_mg_l", 2.0, 6.5), ("met", "wind_mps", None, 7.25))
]
ABOUT = packages.About(farm_id="dt01", farm_name="海生养殖场", since=NOW, until=NOW + timedelta(days=1), made_at=NOW)


@given(st.text(max_size=60))
def test_next_never_leads_to_another_site(text: str) -> None:
    for target in (text, "/" + text, "//" + text, "/\\" + text, "https://" + text):
        kept = safe_next(target)
        assert kept.startswith("/") and not kept.startswith(("//", "/\\")) and "\n" not in kept


def test_form_token_differs_between_sessions_and_is_not_the_token() -> None:
    assert form_token("a") != form_token("b") and "secret" not in form_token("secret")


def test_rate_limit_lets_so_many_pass_a_minute_and_says_how_long_to_wait() -> None:
    limit = RateLimit(2)
    assert [limit.wait_s("k", t) for t in (0.0, 1.0)] == [0.0, 0.0]
    assert limit.wait_s("k", 2.0) == pytest.approx(58.0) and limit.wait_s("other", 2.0) == 0.0
    assert limit.wait_s("k", 61.0) == 0.0


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "..%2f", "a/../../secret", "bundle.zip/..", ""])
def test_evidence_path_never_leaves_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "bundles").mkdir()
    (tmp_path / "secret").write_text("x")
    assert bundle_path(tmp_path / "bundles", name) is None


def test_evidence_path_of_a_bundle_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"x")
    assert bundle_path(tmp_path, "b.zip") == tmp_path / "b.zip"


def test_streamlit_still_has_every_option_that_we_set() -> None:
    unknown = [name for name in options(DashboardSettings()) if name not in streamlit_config._config_options_template]
    assert unknown == []


def test_streamlit_index_is_ours_and_names_no_other_host() -> None:
    page = index_page("zh").decode()
    assert 'lang="zh-CN"' in page and "BACKEND_BASE_URL" in page and "<title>黄鱼</title>" in page
    assert 'src="http' not in page and 'href="http' not in page


def test_static_bundle_shrinks_by_more_than_half() -> None:
    biggest = max((p for p in ROOT.rglob("*.js")), key=lambda p: p.stat().st_size)
    assert biggest.suffix in KINDS and len(compressed(biggest)) < biggest.stat().st_size / 2


def test_port_in_use_is_refused_with_what_to_do() -> None:
    first = bind("127.0.0.1", 0)
    try:
        with pytest.raises(StartError, match="choose another with --port"):
            bind("127.0.0.1", first.getsockname()[1])
    finally:
        first.close()


def test_settings_name_the_wrong_key_and_value() -> None:
    with pytest.raises(ConfigError, match="unknown key 'prot'"):
        build(DashboardSettings, {"prot": 1}, where="shore.toml: [dashboard]")
    with pytest.raises(ConfigError, match="not zh or en"):
        build(DashboardSettings, {"locale": "fr"}, where="shore.toml: [dashboard]")
    with pytest.raises(ConfigError, match="tile_url"):
        build(DashboardSettings, {"tile_url": "https://tiles.example/map.png"}, where="shore.toml: [dashboard]")


@pytest.mark.parametrize(
    ("template", "origin"),
    [
        ("", ""),
        ("https://tiles.example/v/{z}/{x}/{y}.png", "https://tiles.example"),
        ("https://t0.example/wmts?REQUEST=GetTile&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=k", "https://t0.example"),
    ],
)
def test_only_the_tiles_host_is_let_into_the_page(template: str, origin: str) -> None:
    DashboardSettings(tile_url=template)
    assert tile_origin(template) == origin


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("state", list(STATES))
def test_state_colours_are_readable_in_sunlight(state: object) -> None:
    look = STATES[state]  # type: ignore[index]
    light, dark = sorted((_luminance(look.wash), _luminance(look.ink)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 7.0  # WCAG 2.2 AAA for text


def test_csv_opens_in_excel_and_runs_no_formula() -> None:
    text = packages.to_csv(ROWS, ABOUT)
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert (
        rows[0]["value"] == "6.5"
        and rows[0]["unit"] == "mg/L"
        and rows[0]["observed_at_local"] == "2026-11-23 20:00:00"
    )
    assert packages.safe_cell("=HYPERLINK(1)") == "'=HYPERLINK(1)" and packages.safe_cell(-1.5) == -1.5


def test_parquet_carries_values_and_units() -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(packages.to_parquet(ROWS, ABOUT)))
    assert table.num_rows == len(ROWS) and json.loads(table.schema.metadata[b"units"])["do_mg_l"] == "mg/L"


def test_netcdf_follows_cf(tmp_path: Path) -> None:
    import netCDF4

    path = tmp_path / "r.nc"
    path.write_bytes(packages.to_netcdf(ROWS, ABOUT))
    with netCDF4.Dataset(path) as data:
        assert (
            data.featureType == "timeSeries"
            and data["do_mg_l"].standard_name == "mass_concentration_of_oxygen_in_sea_water"
        )
        assert data["do_mg_l"].shape == (2, 3) and float(data["do_mg_l"][0, 0]) == 6.5
        assert list(data["do_mg_l_qc"].flag_values) == [1, 2, 3, 4, 9] and data["time"].units.startswith(
            "seconds since"
        )


def test_excel_has_readings_and_an_explanation() -> None:
    with zipfile.ZipFile(io.BytesIO(packages.to_xlsx(ROWS, ABOUT))) as book:
        assert {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"} <= set(book.namelist())


def test_data_package_says_licence_units_and_checksum() -> None:
    with zipfile.ZipFile(io.BytesIO(packages.to_package(ROWS, ABOUT))) as package:
        described, table = json.loads(package.read("datapackage.json")), package.read("readings.csv")
    resource = described["resources"][0]
    assert described["licenses"][0]["name"] == "CC-BY-4.0" and resource["bytes"] == len(table)
    import hashlib

    assert resource["hash"] == f"sha256:{hashlib.sha256(table).hexdigest()}" and resource["units"]["wind_mps"] == "m/s"


def test_report_is_one_page_even_on_a_bad_day() -> None:
    lines = [
        DayLine(cage=f"{n}号网箱", quantity="溶氧 2 米层", low="3.1", mean="5", high="7", good_pct="98 %")
        for n in range(40)
    ]
    alerts = [
        AlertLine(at="08:10", colour="橙", subject="2号网箱", reason="溶氧 <b>低</b> & 下降", handling="已办结")
        for _ in range(40)
    ]
    report = Report(
        title="海生养殖场",
        day=NOW.date(),
        summary=["一切正常 <&>"],
        lines=lines,
        alerts=alerts,
        outlook=["明日浪高 2 米"] * 8,
        made="2026-11-23 20:00",
    )
    made = pdf(report, Words("zh"))
    assert made.startswith(b"%PDF") and made.count(b"/Type /Page\n") + made.count(b"/Type /Page ") == 1
