"""The routes of alerts in the running dashboard: our CAP feed for everybody, what is restricted for officers only."""

from collections.abc import Iterator

import httpx
import pytest

from services import cap_xml
from services.postgres import EmbeddedPostgres
from tests.fixtures.browser import Dashboard, clone, free_port, start, stop
from tests.fixtures.database import drop_database

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def running(postgres_server: EmbeddedPostgres, seeded_template: str) -> Iterator[Dashboard]:
    name, port = clone(postgres_server, seeded_template), free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUANGYU_SERVICES_DSN", postgres_server.dsn("huangyu_services", name))
        patch.setenv("HUANGYU_RECEIPT_TOKEN_ALIYUN", "secret-path")
        process = start(postgres_server.dsn("huangyu_reader", name), port, "services.cli.main", "dashboard")
    yield Dashboard(url=f"http://127.0.0.1:{port}", dsn=postgres_server.dsn(database=name))
    stop(process)
    drop_database(postgres_server.dsn(), name)


def entries(client: httpx.Client) -> list[str]:
    answer = client.get("/cap/feed.atom")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/atom+xml")
    root = cap_xml.parse_safely(answer.content)
    return [link.get("href", "") for link in root.iterfind(f"{ATOM}entry/{ATOM}link")]


def test_feed_answers_everybody_and_shows_officers_more(running: Dashboard) -> None:
    with running.client() as stranger, running.client("farmer") as farmer, running.client("officer") as officer:
        public, everything = entries(stranger), entries(officer)
        assert set(public) < set(everything), "suspicions are for officers"
        assert entries(farmer) == public
        hidden = next(link for link in everything if link not in public)
        assert stranger.get(hidden).status_code == 404
        assert cap_xml.read(officer.get(hidden).content).scope == "Restricted"
        whole = stranger.get("/cap/feed.atom")
        again = stranger.get("/cap/feed.atom", headers={"If-None-Match": whole.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert officer.get("/cap/feed.atom", headers={"If-None-Match": whole.headers["etag"]}).status_code == 200


def test_receipt_with_the_secret_path_is_kept(running: Dashboard) -> None:
    body = [{"out_id": "m1", "success": True, "report_time": "2026-11-23 18:00:03", "phone_number": "19900000001"}]
    with running.client() as provider:
        assert provider.post("/receipts/aliyun/wrong", json=body).status_code == 404
        assert provider.post("/receipts/aliyun/secret-path", json=body).json()["code"] == 0
