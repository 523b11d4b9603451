"""Crew tables, certificates, trips, the CSV border, and the risk score."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from core.finding import Condition, Finding
from vessels import crew, crew_csv, risk
from vessels.crew import CrewRules, Officer, TripReport
from vessels.fleet import Fleet, RegisterFacts, Target
from vessels.risk import PastFinding, RiskRules, WatchEntry

from .safety_helpers import AT, boat, rules

CREW = rules(CrewRules, "crew")
RISK = rules(RiskRules, "risk")
TODAY = date(2026, 9, 1)
FACTS = RegisterFacts(name_zh="浙洞渔00001", length_m=32.0, power_kw=300.0, max_persons=8, min_crew=4)
NEEDED = ("二级船长", "二级船副", "二级轮机长", "二级管轮")
FULL = tuple(Officer(post=p, valid_until=date(2027, 1, 31)) for p in NEEDED)


@pytest.mark.parametrize(
    ("length_m", "power_kw", "posts"),
    [
        (45.0, None, ("一级船长", "一级船副", "助理船副")),
        (44.9, None, ("二级船长", "二级船副", "助理船副")),
        (24.0, 250.0, NEEDED),
        (12.0, 249.9, ("三级船长", "助理船副")),
        (11.9, 100.0, ()),
        (None, 3000.0, ("一级轮机长", "一级管轮", "助理管轮", "助理管轮")),
        (None, None, ()),
    ],
)
def test_required_posts_follow_the_table(
    length_m: float | None, power_kw: float | None, posts: tuple[str, ...]
) -> None:
    assert crew.required_posts(length_m, power_kw, CREW) == posts


@pytest.mark.parametrize(
    ("case", "posts", "missing"),
    [
        ("exact", NEEDED, []),
        ("a higher captain stands in", ("一级船长", *NEEDED[1:]), []),
        ("a lower one does not", ("三级船长", *NEEDED[1:]), ["二级船长"]),
        ("a mate is no captain", ("一级船副", *NEEDED[1:]), ["二级船长"]),
        ("one officer fills one post", ("一级船长", "二级船副", "二级轮机长"), ["二级管轮"]),
        ("nobody", (), list(NEEDED)),
    ],
)
def test_missing_posts_cases(case: str, posts: tuple[str, ...], missing: list[str]) -> None:
    found = crew.missing_posts(NEEDED, [Officer(post=p) for p in posts], TODAY, CREW)
    assert sorted(found) == sorted(missing), case


def test_missing_posts_ended_certificate_does_not_count_but_its_last_day_does() -> None:
    officers = [Officer(post=p, valid_until=TODAY) for p in NEEDED]
    assert crew.missing_posts(NEEDED, officers, TODAY, CREW) == []
    assert len(crew.missing_posts(NEEDED, officers, TODAY + timedelta(days=1), CREW)) == 4


def test_missing_posts_lowest_sufficient_officer_is_spent() -> None:
    aboard = [Officer(post="一级船副"), Officer(post="二级船副")]
    assert crew.missing_posts(["二级船副", "一级船副"], aboard, TODAY, CREW) == []


def trip(**more: object) -> TripReport:
    values = {
        "mmsi": 412300001,
        "kind": "departure",
        "at": AT - timedelta(hours=2),
        "persons": 6,
        "officers": FULL,
    } | more
    return TripReport(**values)  # type: ignore[arg-type]


def judged(
    report: TripReport | None, facts: RegisterFacts | None = FACTS, keys: frozenset[str] = frozenset(), *,
    in_port: bool = False, reporting: bool = True,
) -> dict[str, Finding]:  # fmt: skip
    target: Target = replace(boat(412300001, 27.5, 121.8, 5.0, 0.0), register=facts)
    trips = crew.open_trips([report] if report else [], AT, CREW)
    fleet = Fleet.of([target], at=AT)
    found = crew.judge(fleet, np.array([in_port]), trips, CREW, keys, reporting=reporting)
    return {f.rule.removeprefix("vessels."): f for f in found}


def test_crew_complete_boat_is_quiet() -> None:
    assert judged(trip()) == {}


@pytest.mark.parametrize(
    ("case", "report", "facts", "rules_found"),
    [
        ("nine in a boat for eight", trip(persons=9), FACTS, {"overmanned"}),
        ("eight in a boat for eight", trip(persons=8), FACTS, set()),
        ("officer missing", trip(officers=FULL[1:]), FACTS, {"undermanned"}),
        ("three where four are needed", trip(persons=3), FACTS, {"undermanned"}),
        ("no report", None, FACTS, {"no_report"}),
        ("came in and left again without a word", trip(kind="arrival"), FACTS, {"no_report"}),
        ("permit ended", trip(), replace(FACTS, permit_until=date(2026, 8, 31)), {"certificate"}),
        ("permit ends far ahead", trip(), replace(FACTS, permit_until=date(2027, 8, 31)), set()),
        ("not in the register: nothing owed here", None, None, set()),
    ],
)
def test_crew_cases(case: str, report: TripReport | None, facts: RegisterFacts | None, rules_found: set[str]) -> None:
    assert set(judged(report, facts)) == rules_found, case


def test_crew_district_without_reports_blames_nobody() -> None:
    assert judged(None, reporting=False) == {}


def test_crew_finding_ends_when_put_right_or_in_port() -> None:
    key = frozenset({"vessels.no_report:412300001"})
    assert judged(trip(), keys=key)["no_report"].condition is Condition.CLEARED
    assert judged(None, keys=key, in_port=True)["no_report"].condition is Condition.CLEARED


GOOD = (
    "mmsi,kind,at,port,persons,officers,ordinary_certified\n"
    "412300001,出港,2026-09-01 05:30,洞头,6,二级船长@2027-01-31；二级船副,4\n"
)


def test_csv_good_row_is_read_with_local_time() -> None:
    found = crew_csv.parse(GOOD, where="t.csv", reporter="desk")
    (report,) = found.reports
    assert report.at.utcoffset() == timedelta(hours=8)
    assert report.officers == (Officer(post="二级船长", valid_until=date(2027, 1, 31)), Officer(post="二级船副"))
    assert (report.kind, report.persons, report.source) == ("departure", 6, "csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_encodings_of_excel_are_read(encoding: str) -> None:
    assert len(crew_csv.parse(crew_csv.decode(GOOD.encode(encoding)), where="t", reporter="d").reports) == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("41230000,出港,2026-09-01 05:30", "nine digits"),
        ("412300001,走,2026-09-01 05:30", "not departure"),
        ("412300001,出港,yesterday", "not a time"),
        ("412300001,出港,2026-09-01 05:30,洞头,-3", "number of people"),
        ("412300001,出港,2026-09-01 05:30,洞头,6,二级船长@soon", "date"),
    ],
)
def test_csv_bad_row_is_listed_and_its_neighbour_taken(row: str, words: str) -> None:
    found = crew_csv.parse(GOOD + row + "\n", where="t.csv", reporter="desk")
    assert len(found.reports) == 1
    (problem,) = found.problems
    assert "t.csv line 3" in problem
    assert words in problem


def test_csv_without_columns_is_refused() -> None:
    with pytest.raises(ConfigError, match="mmsi"):
        crew_csv.parse("a,b\n1,2\n", where="t.csv", reporter="desk")


@given(st.binary(max_size=300))
def test_csv_any_bytes_are_rows_problems_or_a_refusal(raw: bytes) -> None:
    try:
        crew_csv.parse(crew_csv.decode(b"mmsi,kind,at\n" + raw), where="t", reporter="d")
    except ConfigError as refusal:
        assert refusal.problems


def past(rule: str, days: float = 0.0, probability: float | None = None) -> PastFinding:
    return PastFinding(rule=rule, at=AT - timedelta(days=days), probability=probability)


def test_score_adds_explains_and_fades() -> None:
    fresh = risk.score(1, [past("vessels.season"), past("vessels.no_report")], None, RISK, at=AT)
    assert fresh.points == 50.0
    assert [(zh, points) for zh, _, points in fresh.reasons] == [("休渔期疑似作业", 35.0), ("出港未报告", 15.0)]
    assert fresh.advice == "watch"
    old = risk.score(1, [past("vessels.season", days=30)], None, RISK, at=AT)
    assert old.points == 17.5


def test_score_probability_repeats_and_watch_list() -> None:
    half = risk.score(1, [past("vessels.identity.unregistered", probability=0.5)], None, RISK, at=AT)
    assert half.points == 20.0
    twice = risk.score(1, [past("vessels.encounter"), past("vessels.encounter")], None, RISK, at=AT)
    assert twice.points == 25.0
    entry = WatchEntry(
        mmsi=1, reason_zh="举报", reason_en="", points=30.0, added_by="o", added_at=AT, until=AT + timedelta(days=1)
    )
    assert risk.score(1, [], entry, RISK, at=AT).points == 30.0
    assert risk.score(1, [], entry, RISK, at=AT + timedelta(days=1)).reasons == ()


def test_score_never_exceeds_its_most_and_equals_its_reasons_below_it() -> None:
    everything = [past(p.rule) for p in RISK.parts]
    assert risk.score(1, everything, None, RISK, at=AT).points == RISK.most
    for part in RISK.parts:
        one = risk.score(1, [past(part.rule)], None, RISK, at=AT)
        assert one.points == sum(p for *_, p in one.reasons) == part.points


def test_ranking_highest_first_without_blameless_boats() -> None:
    found = {1: [past("vessels.certificate")], 2: [past("vessels.season")], 3: []}
    assert [s.mmsi for s in risk.ranking(found, {}, RISK, at=AT)] == [2, 1]
