"""Zones, seasons, trips and the watch list: one contract for the real store and the fake."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import shapely

from store.database import Database
from store.fake import FakeStore
from store.store import Store
from vessels.crew import Officer, TripReport
from vessels.risk import WatchEntry
from vessels.season import SeasonPermit, SeasonRule
from vessels.zones import Zone

AT = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["real", "fake"])
async def either(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    if request.param == "fake":
        yield FakeStore()
        return
    async with Database.session(request.getfixturevalue("database_dsn"), application="test") as database:
        yield Store(database)


def zone(zone_id: str = "fw1", **more: Any) -> Zone:
    values = {"name_zh": "东航路", "purpose": "fairway", "geometry": shapely.box(121.0, 27.0, 122.0, 28.0)} | more
    return Zone(zone_id=zone_id, **({"source": "通告", "version": "2026"} | values))


async def test_zones_saved_are_read_back_whole_and_replaced_by_id(either: Any) -> None:
    line = zone("b1", purpose="border_line", geometry=shapely.LineString([(121.5, 27), (121.6, 28)]), buffer_m=500.0)
    assert await either.zones.save([zone(valid_from=AT), line]) == 2
    found = await either.zones.all()
    assert found == [line, zone(valid_from=AT)]
    await either.zones.save([zone(name_zh="西航路")])
    assert [z.name_zh for z in await either.zones.all()] == ["东航路", "西航路"]


async def test_zones_withdrawn_is_no_longer_in_force(either: Any) -> None:
    await either.zones.save([zone()])
    assert await either.zones.withdraw("fw1", AT)
    assert not await either.zones.withdraw("nothing", AT)
    (found,) = await either.zones.all()
    assert found.in_force(AT - HOUR)
    assert not found.in_force(AT)


def season(**more: Any) -> SeasonRule:
    values = {
        "rule_id": "zj-2026", "name_zh": "伏季休渔", "gears": ("*",), "lat_from_deg": 26.5, "lat_until_deg": 35.0,
        "closed_from": AT - 100 * HOUR, "closed_until": AT + 100 * HOUR, "except_gears": ("钓具",),
        "source": "通告", "version": "1",
    }  # fmt: skip
    return SeasonRule(**values | more)


async def test_seasons_rules_and_permits_are_read_back(either: Any) -> None:
    assert await either.seasons.save_rules([season()]) == 1
    assert await either.seasons.save_rules([season(lat_until_deg=34.0)]) == 1
    assert await either.seasons.rules() == [season(lat_until_deg=34.0)]
    held = SeasonPermit(mmsi=412300001, document_no="专1", valid_from=AT, valid_until=AT + HOUR, gear="笼壶")
    ended = replace(held, document_no="专0", valid_from=AT - 100 * HOUR, valid_until=AT - 50 * HOUR)
    for permit in (held, ended):
        await either.seasons.save_permit(permit, "officer")
    assert await either.seasons.permits(AT) == {412300001: [held]}
    later = replace(held, valid_until=AT + 2 * HOUR)
    await either.seasons.save_permit(later, "officer")
    assert await either.seasons.permits(AT) == {412300001: [later]}


def report(**more: Any) -> TripReport:
    officers = (Officer(post="二级船长", valid_until=date(2027, 1, 31)), Officer(post="二级船副"))
    values = {
        "mmsi": 412300001, "kind": "departure", "at": AT, "port": "洞头", "persons": 6, "officers": officers,
        "ordinary_certified": 4, "reporter": "desk", "source": "form",
    }  # fmt: skip
    return TripReport(**values | more)


async def test_trips_same_report_twice_is_one_and_the_newest_counts(either: Any) -> None:
    assert await either.trips.add_reports([report(), report(at=AT + timedelta(seconds=20))]) == 1
    back = report(kind="arrival", at=AT + HOUR, persons=None, officers=(), ordinary_certified=None)
    assert await either.trips.add_reports([report(), back]) == 1
    assert await either.trips.reports(AT - HOUR) == [back]
    assert await either.trips.history(412300001) == [back, report()]
    assert await either.trips.reports(AT + HOUR) == []


async def test_trips_only_an_answered_call_is_a_contact(either: Any) -> None:
    await either.trips.add_contact(412300001, AT, "officer", reached=True)
    await either.trips.add_contact(412300001, AT + HOUR, "officer", reached=False)
    assert await either.trips.last_contacts(AT - HOUR) == {412300001: AT}


async def test_trips_temporary_group_holds_until_its_end(either: Any) -> None:
    await either.trips.make_group("临时一组", [412300001, 412300002], AT, AT + HOUR, "officer")
    assert await either.trips.groups(AT) == [(412300001, "临时一组"), (412300002, "临时一组")]
    assert await either.trips.groups(AT + HOUR) == []
    await either.trips.make_group("临时一组", [412300001], AT + HOUR, AT + 2 * HOUR, "officer")
    assert await either.trips.groups(AT + HOUR) == [(412300001, "临时一组")]


async def test_trips_watch_list_entries_change_end_and_leave(either: Any) -> None:
    entry = WatchEntry(
        mmsi=412300001, reason_zh="举报", reason_en="", points=30.0, added_by="o", added_at=AT, until=AT + HOUR
    )
    await either.trips.watch(entry)
    assert await either.trips.watched(AT) == {412300001: entry}
    assert await either.trips.watched(AT + HOUR) == {}
    lasting = replace(entry, until=None, points=10.0)
    await either.trips.watch(lasting)
    assert await either.trips.watched(AT + HOUR) == {412300001: lasting}
    assert await either.trips.unwatch(412300001)
    assert not await either.trips.unwatch(412300001)
