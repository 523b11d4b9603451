"""The identity judge on a real database: simulated traffic in, verdicts and findings out."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from core.finding import Condition
from core.position import Position, PositionSource
from firmware_sim.traffic import build_traffic
from services.judges import JudgeContext
from services.judges.identity import IdentityJudge
from store.database import Database
from store.evidence import Bundle
from store.gateways import Health
from store.store import Store
from tests.integration.vessels.sailing import ANCHOR, RULES, particulars, register_csv, sail
from vessels.picture import of_track
from vessels.register import read_csv
from vessels.reports import StaticReport
from vessels.rules import load
from vessels.statics import Statics
from vessels.track import Track
from vessels.verdict import judge as judge_target


async def test_judge_simulated_traffic_accuses_no_registered_boat(store: Store) -> None:
    _, truth = await sail(store, seed=3, hours=1.0)
    at = ANCHOR + timedelta(hours=1)
    unplaced = particulars(StaticReport(mmsi=412777001, observed_at=at, part="5", ais_class="A", name="ZHEDONGYU77777"))
    await store.targets.save_statics([(at - timedelta(minutes=m), unplaced) for m in (30, 1)])
    context = JudgeContext(store=store, rules_dir=RULES, at=at, open_keys=frozenset())
    found = await IdentityJudge()(context)
    accused = {int(f.subject.id.partition("-")[0]) for f in found if f.rule == "vessels.identity.unregistered"}
    assert accused, "the cast has unregistered boats within reach"
    assert {truth[mmsi] for mmsi in accused} == {"unregistered"}
    verdicts = await store.findings.verdicts(ANCHOR)
    assert {v.target_id for v in verdicts if v.target_class == "registered"}
    assert all(f.reason_zh.startswith("疑似三无船舶") for f in found if f.rule.endswith("unregistered"))
    (never_placed,) = [v for v in verdicts if v.target_id == "412777001"]
    assert (never_placed.target_class, never_placed.lat_deg) == ("unknown", None)


async def test_judge_asked_again_without_news_says_nothing_new(store: Store) -> None:
    await sail(store, seed=3, hours=0.5)
    at = ANCHOR + timedelta(minutes=30)
    judge = IdentityJudge()
    first = await judge(JudgeContext(store=store, rules_dir=RULES, at=at, open_keys=frozenset()))
    keys = frozenset(f.key for f in first)
    (logged,) = await store.findings.of_subject(first[0].subject.id, ANCHOR, at + timedelta(days=1))
    assert (logged.key, logged.condition) == (first[0].key, "active")
    later = at + timedelta(minutes=20)
    assert await judge(JudgeContext(store=store, rules_dir=RULES, at=later, open_keys=keys)) == []


async def test_judge_boat_entered_in_register_later_clears_its_finding(store: Store) -> None:
    await sail(store, seed=3, hours=0.5)
    at = ANCHOR + timedelta(minutes=30)
    judge = IdentityJudge()
    found = await judge(JudgeContext(store=store, rules_dir=RULES, at=at, open_keys=frozenset()))
    finding = next(f for f in found if f.rule == "vessels.identity.unregistered")
    row = f"name_zh,name_pinyin,mmsi,port\n浙洞渔99999,,{finding.subject.id},洞头\n".encode()
    await store.register.import_file(read_csv(row), at - timedelta(hours=1), actor="test")
    again = await judge(
        JudgeContext(store=store, rules_dir=RULES, at=at + timedelta(minutes=1), open_keys=frozenset({finding.key}))
    )
    same = [f for f in again if f.key == finding.key]
    assert [f.condition for f in same] == [Condition.CLEARED]


def _gateway(at: datetime, *, backlog: bool) -> Health:
    detail = {"backlog": backlog, "oldest_age_s": 900.0 if backlog else 0.5}
    return Health(gateway_id="gw-dt01", kind="gateway", name="", observed_at=at, received_at=at, detail=detail)


@pytest.mark.parametrize("seen_behind", [True, False], ids=["told it was behind", "was away"])
async def test_reports_that_a_gateway_delivers_late_are_in_the_tracks(store: Store, seen_behind: bool) -> None:
    mmsi = 412555555
    fixes = [
        Position(
            mmsi=mmsi, observed_at=ANCHOR + timedelta(seconds=30 * k), lat_deg=27.8 + k * 1e-3, lon_deg=121.2,
            sog_kn=7.2, cog_deg=0.0, source=PositionSource.AIS_B,
        )
        for k in range(60)
    ]  # fmt: skip
    await store.gateways.ensure(["gw-dt01"])
    await store.gateways.save_health([_gateway(ANCHOR, backlog=False)])
    await store.positions.add(fixes[:20], ANCHOR)
    judge = IdentityJudge()

    async def reports(minutes: float) -> object:
        at = ANCHOR + timedelta(minutes=minutes)
        await judge(JudgeContext(store=store, rules_dir=RULES, at=at, open_keys=frozenset()))
        return (await store.findings.verdicts(ANCHOR, [str(mmsi)]))[0].facts["reports"]

    assert await reports(10) == 20
    if seen_behind:
        await store.gateways.save_health([_gateway(ANCHOR + timedelta(minutes=10.5), backlog=True)])
    await store.positions.add(fixes[40:], ANCHOR)
    assert await reports(30) == 38, "two are still held back to be put in order"
    await store.positions.add(fixes[20:40], ANCHOR)
    await store.gateways.save_health([_gateway(ANCHOR + timedelta(minutes=30.5), backlog=False)])
    assert await reports(31) == 60


async def test_import_of_the_same_file_twice_changes_nothing(store: Store) -> None:
    rows = build_traffic(scenario="calm", seed=1, anchor=ANCHOR).register_rows()
    file = read_csv(register_csv(rows))
    assert not file.problems
    first = await store.register.import_file(file, ANCHOR, actor="test")
    second = await store.register.import_file(file, ANCHOR + timedelta(hours=1), actor="test")
    assert len(first.new) == len(rows)
    assert (second.new, second.changed, second.same, second.removed) == ((), (), len(rows), ())


async def test_register_change_keeps_what_it_said_at_the_time_of_the_sighting(store: Store) -> None:
    later = ANCHOR + timedelta(days=10)
    await store.register.import_file(
        read_csv("name_zh,mmsi,port\n浙洞渔12345,412000123,洞头\n".encode()), ANCHOR, actor="a"
    )
    await store.register.import_file(
        read_csv("name_zh,mmsi,port\n浙洞渔12345,412000999,洞头\n".encode()), later, actor="b"
    )
    old = await store.register.boats_by_mmsi([412000123], ANCHOR + timedelta(days=1))
    new = await store.register.boats_by_mmsi([412000123, 412000999], later + timedelta(days=1))
    assert old[412000123].version == 1
    assert set(new) == {412000999}
    assert new[412000999].version == 2


@pytest.mark.parametrize("complete", [True, False])
async def test_import_complete_file_takes_out_boats_that_it_lacks(store: Store, complete: bool) -> None:
    two = read_csv("name_zh,mmsi\n浙洞渔12345,412000123\n浙洞渔54321,412000124\n".encode())
    one = read_csv("name_zh,mmsi\n浙洞渔12345,412000123\n".encode())
    await store.register.import_file(two, ANCHOR, actor="a")
    summary = await store.register.import_file(one, ANCHOR + timedelta(days=1), actor="a", complete=complete)
    assert summary.removed == (("浙洞渔54321",) if complete else ())
    left = await store.register.boats_by_mmsi([412000124], ANCHOR + timedelta(days=2))
    assert bool(left) is not complete


async def test_services_role_may_do_all_that_the_judges_and_the_import_do(role_dsn: Callable[[str], str]) -> None:
    async with Database.session(role_dsn("huangyu_services"), application="test") as database:
        store = Store(database)
        rows = build_traffic(scenario="calm", seed=1, anchor=ANCHOR).register_rows()[:5]
        await store.register.import_file(read_csv(register_csv(rows)), ANCHOR, actor="test")
        await store.register.import_file(
            read_csv(register_csv(rows[:2])), ANCHOR + timedelta(days=1), actor="t", complete=True
        )
        register = await store.register.load(load(RULES).names, ANCHOR)
        picture = of_track(Track(412999999, 1, ANCHOR.timestamp(), 27.8, 121.2, -1), Statics())
        verdict = judge_target(picture, register, load(RULES), ANCHOR)
        await store.findings.save_verdicts([verdict], ANCHOR)
        await store.findings.save_verdicts([verdict], ANCHOR + timedelta(minutes=1))
        assert [v.target_id for v in await store.findings.verdicts(ANCHOR - timedelta(days=1))] == ["412999999"]
        assert len(await store.findings.history("412999999")) == 1
        assert await store.detections.since(ANCHOR, ANCHOR + timedelta(days=1)) == []
        bundle = await store.evidence.append(
            lambda number, before: Bundle(
                bundle_no=number, alert_id="a", made_at=ANCHOR, actor="t", file_name="f", manifest_sha256="1" * 64,
                previous_sha256=before,
            )
        )  # fmt: skip
        assert bundle.bundle_no == 1
        assert await store.evidence.problems() == []
