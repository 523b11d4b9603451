"""Sign-in through an identity provider, against one on loopback that checks what a real one would."""

import time
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from dashboard.web.cookies import SESSION
from services.postgres import EmbeddedPostgres
from tests.fixtures.browser import clone, free_port, start, stop
from tests.fixtures.database import drop_database
from tests.fixtures.identity import CLIENT, SECRET, IdentityProvider, identity_provider

House = tuple[str, IdentityProvider, str]


@pytest.fixture(scope="module")
def house(
    postgres_server: EmbeddedPostgres, seeded_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A dashboard that knows a provider, the provider, and the database's owner."""
    name, port = clone(postgres_server, seeded_template), free_port()
    owner = postgres_server.dsn(database=name)
    url = f"http://127.0.0.1:{port}"
    with identity_provider(f"{url}/oidc/back") as provider, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUANGYU_OIDC_SECRET", SECRET)
        config = tmp_path_factory.mktemp("oidc") / "shore.toml"
        config.write_text(
            f'[dashboard]\noidc_issuer = "{provider.issuer}"\noidc_client_id = "{CLIENT}"\noidc_label = "浙政钉"\n'
        )
        process = start(postgres_server.dsn("huangyu_reader", name), port, "dashboard", "--config", str(config))
        with psycopg.connect(owner) as connection:
            connection.execute(
                "update person set oidc_subject = %s where login = 'officer'", (f"{provider.issuer}|u-1",)
            )
        yield url, provider, owner
        stop(process)
    drop_database(postgres_server.dsn(), name)


@pytest.fixture
def visitor(house: House) -> Iterator[httpx.Client]:
    house[1].subject, house[1].spoil, house[1].key = "u-1", {}, house[1].published
    with httpx.Client(base_url=house[0], timeout=20) as client:
        yield client


def through(client: httpx.Client, after: str = "/") -> httpx.Response:
    """Go to the provider and come back; return the dashboard's last answer."""
    answer = client.get("/oidc/start", params={"next": after})
    while answer.status_code in {303, 307} and "/oidc/back?" not in str(answer.request.url):
        answer = client.get(answer.headers["location"])
    return answer


def test_linked_person_comes_in_and_the_session_is_ours(house: House, visitor: httpx.Client) -> None:
    assert "浙政钉" in visitor.get("/signin").text
    answer = through(visitor, after="/alerts")
    assert answer.status_code == 303 and answer.headers["location"] == "/alerts"
    assert visitor.get("/live/targets.geojson").status_code == 200
    with psycopg.connect(house[2]) as owner:
        owner.execute("update session set revoked_at = now() where revoked_at is null")
    assert visitor.get("/live/targets.geojson").status_code == 401


def test_barred_and_unlinked_people_stay_outside(house: House, visitor: httpx.Client) -> None:
    house[1].subject = "u-2"
    answer = through(visitor)
    assert answer.status_code == 403 and "没有与您关联的账号" in answer.text and SESSION not in visitor.cookies


@pytest.mark.parametrize(
    ("case", "spoil"),
    [
        ("other audience", {"aud": "somebody"}),
        ("other issuer", {"iss": "https://elsewhere.example"}),
        ("too old", {"exp": int(time.time()) - 3600}),
        ("other sign-in", {"nonce": "x"}),
        ("other client", {"azp": "somebody"}),
        ("other key", {}),
    ],
)
def test_token_that_is_not_for_this_sign_in_is_refused(
    house: House, visitor: httpx.Client, case: str, spoil: dict[str, object]
) -> None:
    house[1].spoil = spoil
    if case == "other key":
        house[1].key = ec.generate_private_key(ec.SECP256R1())
    answer = through(visitor)
    assert answer.status_code == 401 and SESSION not in visitor.cookies


def test_answer_of_another_browser_or_used_twice_is_refused(house: House, visitor: httpx.Client) -> None:
    sent = visitor.get("/oidc/start").headers["location"]
    back = visitor.get(sent).headers["location"]
    with httpx.Client(base_url=house[0], timeout=20) as stranger:
        assert stranger.get(back).status_code == 400 and SESSION not in stranger.cookies
    assert visitor.get(back).status_code == 303
    visitor.cookies.delete(SESSION)
    assert visitor.get(back).status_code == 400 and SESSION not in visitor.cookies


def test_sign_in_through_the_provider_never_leads_to_another_site(visitor: httpx.Client) -> None:
    assert through(visitor, after="//elsewhere.example").headers["location"] == "/"
