# ruff: noqa: E501 - tables of addresses
"""The web side of a running dashboard: sign-in, light pages, downloads, the read API, and attempts to break in."""

import gzip
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from dashboard.web.cookies import SESSION, form_token
from store.access import Visit, ensure_person, open_api_token, sign_in, whoami
from store.scoped import ScopedPool
from tests.fixtures.browser import Dashboard, Seeded, free_port, start, stop
from tests.fixtures.rows import PASSWORD

TODAY = datetime.now(UTC).date().isoformat()
WEEK = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
XSS = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def farmer(dashboard: Dashboard) -> Iterator[httpx.Client]:
    with dashboard.client("farmer") as client:
        yield client


@pytest.fixture(scope="module")
def officer(dashboard: Dashboard) -> Iterator[httpx.Client]:
    with dashboard.client("officer") as client:
        yield client


def test_stranger_is_sent_to_the_sign_in_and_gets_no_data(dashboard: Dashboard) -> None:
    with dashboard.client() as client:
        page = client.get("/desk?x=1", headers={"accept": "text/html"})
        assert page.status_code == 303 and page.headers["location"].startswith("/signin?next=%2Fdesk")
        for path in (
            "/live/targets.geojson",
            "/live/coast.geojson",
            "/m/",
            "/download/alerts.csv",
            "/media/abc.png",
            "/api/v1/latest",
        ):
            assert client.get(path).status_code == 401, path
        for path in ("/_stcore/metrics", "/_stcore/agent/openapi.json"):
            assert client.get(path).status_code == 404, path


def test_cookie_is_out_of_reach_of_scripts_and_other_sites(dashboard: Dashboard) -> None:
    with dashboard.client() as client:
        cookie = client.post("/signin", data={"login": "farmer", "password": PASSWORD}).headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie


def test_sign_in_from_another_site_is_refused(dashboard: Dashboard) -> None:
    with dashboard.client() as client:
        answer = client.post(
            "/signin", data={"login": "farmer", "password": PASSWORD}, headers={"origin": "https://elsewhere.example"}
        )
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


@pytest.mark.parametrize("target", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"])
def test_sign_in_never_leads_to_another_site(dashboard: Dashboard, target: str) -> None:
    with dashboard.client() as client:
        answer = client.post("/signin", data={"login": "farmer", "password": PASSWORD, "next": target})
    assert answer.headers["location"] == "/"


def test_wrong_name_is_shown_as_text(dashboard: Dashboard) -> None:
    with dashboard.client() as client:
        page = client.post("/signin", data={"login": XSS, "password": "x" * 12})
    assert page.status_code == 401 and "<script>alert" not in page.text and "&lt;script&gt;" in page.text


def test_websocket_of_another_site_is_closed(dashboard: Dashboard) -> None:
    with dashboard.client("farmer") as client:
        headers = {
            "connection": "upgrade",
            "upgrade": "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
            "origin": "https://elsewhere.example",
        }
        assert client.get("/_stcore/stream", headers=headers).status_code == 403


def test_screen_allows_no_outside_source(farmer: httpx.Client) -> None:
    page = farmer.get("/", headers={"accept": "text/html"})
    policy = page.headers["content-security-policy"]
    assert (
        "default-src 'self'" in policy and "http" not in policy and page.headers["x-content-type-options"] == "nosniff"
    )


def test_light_page_is_small_needs_no_script_and_shows_the_own_farm_only(farmer: httpx.Client) -> None:
    for path in ("/m/", "/m/cage/dt01-c02"):
        page = farmer.get(path)
        assert page.status_code == 200 and len(gzip.compress(page.content)) <= 4096 and "<script" not in page.text
        assert "2号网箱" in page.text and "立即开增氧机" in page.text and "阳洋" not in page.text
    assert "<svg" in page.text and "dt02" not in page.text


@pytest.mark.parametrize("path", ["/m/cage/dt02-c01", "/m/cage/..%2f..%2fetc", "/m/cage/'%20or%201=1--"])
def test_light_page_of_another_farm_is_not_found(farmer: httpx.Client, path: str) -> None:
    page = farmer.get(path)
    assert page.status_code in {400, 404} and "mg/L" not in page.text


def test_light_acknowledge_is_recorded_and_a_forged_form_is_not(dashboard: Dashboard) -> None:
    with dashboard.client("farmer") as client:
        page = client.get("/m/cage/dt01-c02").text
        given = {
            name: re.search(rf'name={name} value="([^"]*)"', page).group(1)
            for name in ("form", "alert", "version", "back")
        }  # type: ignore[union-attr]
        assert client.post("/m/ack", data=given | {"form": "0" * 32}).status_code == 403
        assert client.post("/m/ack", data=given, headers={"origin": "https://elsewhere.example"}).status_code == 403
        assert client.post("/m/ack", data=given | {"alert": "x' or 1=1"}).status_code == 400
        assert client.post("/m/ack", data=given).headers["location"] == "/m/cage/dt01-c02"
        assert client.post("/m/ack", data=given).status_code == 409
    with psycopg.connect(dashboard.dsn) as owner:
        assert owner.execute("select handling from alert where alert_id = %s", (given["alert"],)).fetchone() == (
            "acknowledged",
        )
        step = owner.execute(
            "select actor, step from alert_event where alert_id = %s order by seq desc limit 1", (given["alert"],)
        ).fetchone()
    assert step == ("farmer", "acknowledged")


def test_targets_are_the_sea_for_the_officer_and_the_own_boats_for_the_farmer(
    farmer: httpx.Client, officer: httpx.Client
) -> None:
    sea, own = officer.get("/live/targets.geojson").json(), farmer.get("/live/targets.geojson").json()
    assert len(sea["features"]) == 60 and {f["properties"]["m"] for f in own["features"]} <= {412300001, 412300002}
    chosen = officer.get("/live/targets.geojson?classes=merchant,nonsense").json()
    assert {f["properties"]["k"] for f in chosen["features"]} == {"merchant"}


def test_coast_is_sent_once_compressed_then_not_again(officer: httpx.Client) -> None:
    first = officer.get("/live/coast.geojson")
    assert first.headers["content-encoding"] == "gzip" and len(first.json()["features"]) > 100
    assert officer.get("/live/coast.geojson", headers={"if-none-match": first.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "nc", "zip"])
def test_readings_of_the_own_farm_can_be_taken_along(farmer: httpx.Client, kind: str) -> None:
    answer = farmer.get(f"/download/readings.{kind}?farm=dt01&from={WEEK}&to={TODAY}")
    assert (
        answer.status_code == 200 and len(answer.content) > 1000 and f".{kind}" in answer.headers["content-disposition"]
    )


@pytest.mark.parametrize("address", [
    "/download/readings.csv?farm=dt02&from={w}&to={t}", "/download/readings.csv?farm=dt01' or '1'='1&from={w}&to={t}", "/download/readings.csv?farm=dt01&from=x&to={t}",
    "/download/readings.csv?farm=dt01&from=2020-01-01&to={t}", "/download/readings.exe?farm=dt01&from={w}&to={t}", "/download/report.pdf?farm=dt02&day={t}",
    "/download/report.pdf?district=elsewhere&day={t}", "/download/readings.zip?farm=dt01&from=0001-01-01&to=0001-01-01", "/download/report.pdf?farm=dt01&day=9999-12-31",
    "/download/report.pdf?farm=%00&day={t}", "/m/cage/%00", "/live/targets.geojson?classes=%00", "/download/evidence/..%2f..%2fetc%2fpasswd", "/download/evidence/6f1d6a52-3b55-4a3e-9d55-2f1b1c9e0c11", "/assets/..%2fsettings.py", "/assets/%2e%2e/settings.py",
])  # fmt: skip
def test_nothing_else_can_be_taken_along(farmer: httpx.Client, address: str) -> None:
    answer = farmer.get(address.format(w=WEEK, t=TODAY))
    assert answer.status_code in {400, 404} or answer.headers["content-type"].startswith("text/html")
    assert b"dt02" not in answer.content and b"root:" not in answer.content and b"dataclass" not in answer.content


def test_daily_reports_are_pdf(farmer: httpx.Client, officer: httpx.Client) -> None:
    for client, query in ((farmer, "farm=dt01"), (officer, "district=dongtou")):
        answer = client.get(f"/download/report.pdf?{query}&day={TODAY}")
        assert answer.status_code == 200 and answer.content.startswith(b"%PDF")


def test_api_speaks_openapi_and_gives_the_own_scope(farmer: httpx.Client, officer: httpx.Client) -> None:
    paths = farmer.get("/api/v1/openapi.json").json()["paths"]
    assert {"/latest", "/series/{series_id}", "/forecasts", "/alerts", "/targets.geojson", "/sta/Datastreams"} <= set(
        paths
    )
    assert all(set(verbs) == {"get"} for verbs in paths.values())
    assert {r["cage_id"][:4] for r in farmer.get("/api/v1/latest").json()} == {"dt01"}
    assert {f["farm_id"] for f in officer.get("/api/v1/farms").json()} == {"dt01", "dt02"}
    assert farmer.get("/api/v1/forecasts?place=dt02-c01").json() == []
    record = {
        what: farmer.get(f"/api/v1/forecasts/{what}").json() for what in ("skill", "events", "onsets", "set-aside")
    }
    assert all(record.values())
    assert {row["place_id"].split("-")[0] for row in (*record["skill"], *record["onsets"])} == {"dt01"}
    assert {row["model"] for row in record["skill"]} == {"blend", "persistence"}
    assert farmer.get("/api/v1/forecasts/skill?place=dt02-c01").json() == []
    assert farmer.get("/api/v1/forecasts/risks").json()[0]["expected_hours"] == pytest.approx(2.1)
    sea = farmer.get("/api/v1/sea?lat=27.8&lon=121.3").json()
    assert {row["quantity"] for row in sea["fan"]} == {"hs_m", "wind_mps"}
    assert {row["window_h"] for row in sea["risks"]} == {12, 24, 48}
    assert farmer.get("/api/v1/sea?zone=lane-1").json()["place_id"] == "zone:lane-1"
    assert [farmer.get(f"/api/v1/sea?{q}").status_code for q in ("lat=27.8", "zone=none", "mmsi=412300006")] == [
        422,
        404,
        404,
    ]
    assert {a["farm_id"] for a in farmer.get("/api/v1/alerts").json()} <= {"dt01", None}


def test_api_of_another_farms_series_and_alert_is_not_found(farmer: httpx.Client, officer: httpx.Client) -> None:
    foreign = next(s["series_id"] for s in officer.get("/api/v1/series").json() if s["cage_id"].startswith("dt02"))
    alert = next(a["alert_id"] for a in officer.get("/api/v1/alerts").json() if a["farm_id"] == "dt02")
    for path in (f"/series/{foreign}", f"/sta/Datastreams({foreign})/Observations", f"/alerts/{alert}"):
        assert farmer.get(f"/api/v1{path}").status_code == 404, path


@pytest.mark.parametrize("address", [
    "/series/1%20or%201=1", "/series/99999999999999999999", "/series/1?points=0", "/series/1?since=2020-01-01T00:00:00", "/alerts/not-a-uuid", "/alerts?limit=-1",
    "/sta/Datastreams(1)/Observations?$top=9999999", "/series/1?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z",
])  # fmt: skip
def test_api_refuses_nonsense_without_failing(officer: httpx.Client, address: str) -> None:
    assert officer.get(f"/api/v1{address}").status_code in {404, 422}


def test_api_gives_sensorthings_observations(farmer: httpx.Client) -> None:
    stream = farmer.get("/api/v1/sta/Datastreams").json()["value"][0]
    seen = farmer.get(f"/api/v1/sta/Datastreams({stream['@iot.id']})/Observations?$top=3").json()["value"]
    assert (
        len(seen) == 3
        and set(seen[0]) >= {"phenomenonTime", "result", "resultQuality"}
        and seen[0]["phenomenonTime"] > seen[1]["phenomenonTime"]
    )


def test_api_changes_nothing_and_takes_no_forgery(farmer: httpx.Client) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert farmer.request(method, "/api/v1/alerts").status_code == 405


def test_api_slows_a_caller_that_asks_too_often(dashboard: Dashboard) -> None:
    ensure_person(dashboard.dsn, login="hasty", password=PASSWORD, name_zh="快手", roles=("farmer",), farms=("dt01",))
    with dashboard.client("hasty") as client:
        answers = [client.get("/api/v1/farms") for _ in range(121)]
    assert [a.status_code for a in answers].count(429) == 1 and int(answers[-1].headers["retry-after"]) >= 1


def test_hostile_vessel_name_travels_as_data(dashboard: Dashboard, officer: httpx.Client) -> None:
    with psycopg.connect(dashboard.dsn) as owner:
        owner.execute("update target_static set name = %s, last_seen_at = now() where mmsi = 413000102", (XSS,))
        owner.execute("update alert set reason_zh = %s where subject_id = '900000003'", (XSS,))
    names: set[str] = set()
    deadline = time.monotonic() + 15  # sessions of one scope share a map for some seconds
    while XSS not in names and time.monotonic() < deadline:
        answer = officer.get("/live/targets.geojson?classes=merchant")
        assert answer.headers["content-type"].startswith("application/geo+json")
        names = {f["properties"]["n"] for f in json.loads(answer.text)["features"]}
        time.sleep(0.2)
    assert XSS in names
    assert "<script>alert" not in officer.get("/m/").text


def test_signed_out_session_is_dead_everywhere(dashboard: Dashboard) -> None:
    with dashboard.client("farmer") as client:
        token = client.cookies[SESSION]
        assert client.post("/signout", data={"form": form_token(token)}).headers["location"] == "/signin"
        client.cookies.set(SESSION, token)
        assert client.get("/m/").status_code == 401 and client.get("/api/v1/farms").status_code == 401


def test_the_api_alone_answers_by_token_and_has_no_screens(seeded: Seeded) -> None:
    port = free_port()
    process = start(seeded.reader, port, "services.cli.main", "api")
    try:
        pool = ScopedPool(seeded.reader)
        pool.open()
        visit = Visit(lasts_s=600, idle_farmer_s=600, idle_officer_s=600)
        kept = sign_in(pool, "farmer", PASSWORD, visit, tries=5, lock_s=60)
        person = whoami(pool, kept)
        assert person is not None
        with pool.scope(kept) as scope:
            token = open_api_token(scope, person, label="test")
        pool.close()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            answer = client.get("/api/v1/farms", headers={"Authorization": f"Bearer {token}"})
            assert [farm["farm_id"] for farm in answer.json()] == ["dt01"]
            assert client.get("/api/v1/farms").status_code == 401
            assert client.get("/api/v1/openapi.json").json()["info"]["title"] == "huangyu"
            assert [client.get(path).status_code for path in ("/", "/signin", "/desk")] == [404, 404, 404]
    finally:
        stop(process)


def test_a_killed_starter_takes_its_dashboard_along(seeded: Seeded) -> None:
    """The server of a test run that was killed ends by itself."""
    code = (
        "import sys, time\n"
        "from tests.fixtures.browser import start, free_port\n"
        f"process = start({seeded.reader!r}, free_port())\n"
        "print(process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    child = Path(f"/proc/{int(starter.stdout.readline())}")
    starter.kill()
    starter.communicate()
    until = time.monotonic() + 15
    while child.exists() and time.monotonic() < until and "Z" not in _state_of(child):
        time.sleep(0.1)
    assert not child.exists() or "Z" in _state_of(child)


def _state_of(process: Path) -> str:
    try:
        return (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


def test_the_sea_and_what_was_heard_are_drawn_for_those_signed_in(
    dashboard: Dashboard, officer: httpx.Client, farmer: httpx.Client
) -> None:
    heard = officer.get("/live/heard.json").json()
    assert (
        heard and {len(cell["p"]) for cell in heard} == {4} and len(farmer.get("/live/heard.json").json()) < len(heard)
    )
    for part in ("cells", "labels", "winds"):
        assert isinstance(officer.get(f"/live/sea/{part}.json?h=24").json(), list)
    for nonsense in ("tides.json", "cells.json?h=-1", "cells.json?h=999", "cells.json?h=1;drop"):
        assert officer.get(f"/live/sea/{nonsense}").status_code == 404
    with dashboard.client() as stranger:
        assert stranger.get("/live/heard.json").status_code == stranger.get("/live/sea/cells.json").status_code == 401
