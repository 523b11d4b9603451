"""Whatever its OpenAPI description allows, and whatever it does not, the read API answers and never fails."""

import asyncio
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard import state
from dashboard.settings import DashboardSettings
from dashboard.web.api import create_api
from store.access import sign_in
from store.scoped import ScopedPool
from tests.fixtures.browser import Seeded
from tests.fixtures.rows import PASSWORD
from tests.integration.test_access import VISIT

HOSTILE = st.sampled_from([
    "'; drop table alert; --", "\x00", "%00", "../../etc/passwd", "<script>", "1e400", "NaN", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "2026-01-01T00:00:00+23:59", "2026-01-01", "\ud7ff", "𝟙", "-0", "1_0", "" ,
])  # fmt: skip
NAIVE_OR_NOT = st.datetimes().map(lambda t: t.isoformat()) | st.datetimes().map(lambda t: t.isoformat() + "Z")


def values_of(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Return texts for a parameter: what its schema says, what it nearly says, and what nobody should send."""
    kinds = [schema, *schema.get("anyOf", [])]
    usual: st.SearchStrategy[str] = st.text(max_size=80)
    if any(k.get("format") == "date-time" for k in kinds):
        usual = NAIVE_OR_NOT
    elif any(k.get("type") == "integer" for k in kinds):
        usual = (st.integers(0, 9) | st.integers()).map(str)
    elif any(k.get("type") == "boolean" for k in kinds):
        usual = st.sampled_from(["true", "false", "1", "null"])
    elif any(k.get("format") == "uuid" for k in kinds):
        usual = st.uuids().map(str)
    return st.one_of(usual, HOSTILE, HOSTILE, st.text(string.printable, max_size=20))


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """Return the API's own description of its operations."""
    return {
        path: verbs["get"].get("parameters", []) for path, verbs in create_api(per_minute=1).openapi()["paths"].items()
    }


@dataclass(frozen=True, kw_only=True)
class Officer:
    """The API in this process and a token that sees the whole sea."""

    api: FastAPI
    token: str

    def answers(self, asked: Mapping[str, Mapping[str, str]]) -> dict[str, httpx.Response]:
        """Return the answer of each address with its query; an exception inside becomes a 500, as in a server."""
        return asyncio.run(self._all(asked))

    async def _all(self, asked: Mapping[str, Mapping[str, str]]) -> dict[str, httpx.Response]:
        transport = httpx.ASGITransport(self.api, raise_app_exceptions=False)
        header = {"authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=header) as client:
            return {address: await client.get(address, params=query) for address, query in asked.items()}


@pytest.fixture
def officer(seeded: Seeded) -> Iterator[Officer]:
    """Return the API on a seeded sea, with no limit of requests."""
    pool = ScopedPool(seeded.reader)
    pool.open()
    before = list(state._shared)
    state.configure(DashboardSettings(), pool, seeded.reader)
    yield Officer(api=create_api(per_minute=10**9), token=sign_in(pool, "officer", PASSWORD, VISIT, tries=5, lock_s=60))
    state._shared[:] = before
    pool.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_request_makes_the_api_fail(officer: Officer, described: dict[str, Any], data: st.DataObject) -> None:
    asked: dict[str, dict[str, str]] = {}
    for path, parameters in described.items():
        query, address = {}, path
        for parameter in parameters:
            value = data.draw(values_of(parameter["schema"]), label=f"{path} {parameter['name']}")
            if parameter["in"] == "path":
                encoded = quote(value, safe="", errors="replace").replace(".", "%2E")
                address = address.replace(f"{{{parameter['name']}}}", encoded or "0")
            elif data.draw(st.booleans()):
                query[parameter["name"]] = value.encode(errors="replace").decode()
        asked[address] = query
    for address, answer in officer.answers(asked).items():
        assert answer.status_code in {200, 404, 422}, (address, asked[address], answer.text[:300])


def test_the_whole_description_is_fuzzed(described: dict[str, Any]) -> None:
    assert len(described) >= 10 and sum(len(parameters) for parameters in described.values()) >= 12
