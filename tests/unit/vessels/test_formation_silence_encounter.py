"""Boats that are alone, boats that fell silent, boats side by side."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from core.finding import Condition, Finding, Place, Severity
from core.geo import destination, range_nm
from core.target import TargetClass
from vessels import encounter, formation, silence
from vessels.encounter import EncounterRules
from vessels.fleet import Fleet, RegisterFacts, Target
from vessels.formation import FormationRules
from vessels.silence import SilenceRules
from vessels.track_grid import BIN_S, TrackGrid

from .safety_helpers import AT, boat, merchant, minutes, rules

FORMATION = rules(FormationRules, "formation")
SILENCE = rules(SilenceRules, "silence")
ENCOUNTER = rules(EncounterRules, "encounter")
NONE: frozenset[str] = frozenset()


def member(number: int, north_nm: float, group: str = "一组", **more: object) -> Target:
    facts = RegisterFacts(name_zh=f"浙洞渔{number:05d}", group=group, max_persons=8)
    return boat(412300000 + number, 27.5 + north_nm / 60, 121.8, 5.0, 0.0, register=facts, **more)


def form(
    targets: list[Target],
    keys: frozenset[str] = NONE,
    contact: dict[int, datetime] | None = None,
    port: tuple[int, ...] = (),
) -> list[Finding]:
    fleet = Fleet.of(targets, at=AT, max_age_s=86_400)
    in_port = np.array([i in port for i in range(len(fleet))], dtype=bool)
    return formation.judge(fleet, formation.groups_of(fleet, []), in_port, contact or {}, FORMATION, keys)


def test_formation_member_within_8_nmi_is_quiet_beyond_is_raised_for_both() -> None:
    assert form([member(1, 0), member(2, 7.9)]) == []
    apart = form([member(1, 0), member(2, 8.1)])
    assert [f.subject.id for f in apart] == ["412300001", "412300002"]
    assert apart[0].values["nearest_nm"] == pytest.approx(8.1, abs=0.02)


def test_formation_between_7_and_8_nmi_keeps_what_is_open() -> None:
    keys = frozenset({"vessels.formation:412300001"})
    assert [f.condition for f in form([member(1, 0), member(2, 7.5)], keys)] == [Condition.ACTIVE]
    assert [f.condition for f in form([member(1, 0), member(2, 6.9)], keys)] == [Condition.CLEARED]


def test_formation_other_groups_boat_is_suggested_not_counted() -> None:
    (finding, other) = form([member(1, 0), member(2, 3, group="二组")])
    assert "浙洞渔00002" in finding.advice_zh
    assert finding.evidence[0].ref == "412300002"
    assert other.subject.id == "412300002"


def test_formation_silent_mate_does_not_count_as_near() -> None:
    silent = member(2, 1, observed_at=AT - minutes(90))
    assert [f.subject.id for f in form([member(1, 0), silent])] == ["412300001"]


def test_formation_boat_in_port_or_without_group_is_quiet() -> None:
    assert form([member(1, 0)], port=(0,)) == []
    assert form([member(1, 0, group="")]) == []
    (ended,) = form([member(1, 0)], frozenset({"vessels.formation:412300001"}), port=(0,))
    assert ended.condition is Condition.CLEARED


@pytest.mark.parametrize(("minutes_ago", "severity"), [(30, Severity.YELLOW), (61, Severity.ORANGE)])
def test_formation_hourly_contact_overdue_is_orange(minutes_ago: float, severity: Severity) -> None:
    (finding,) = form([member(1, 0)], contact={412300001: AT - minutes(minutes_ago)})
    assert finding.severity is severity


def test_formation_unheard_boat_is_unknown() -> None:
    (finding,) = form([], frozenset({"vessels.formation:412300001"}))
    assert finding.condition is Condition.UNKNOWN


def test_formation_temporary_group_replaces_the_registers() -> None:
    fleet = Fleet.of([member(1, 0), member(2, 3, group="二组")], at=AT)
    groups = formation.groups_of(fleet, [(412300001, "临时一组"), (412300002, "临时一组")])
    assert formation.judge(fleet, groups, np.zeros(2, bool), {}, FORMATION, NONE) == []


def lost(hours: float = 3.0, neighbours: int = 3, keys: frozenset[str] = NONE, port: bool = False) -> list[Finding]:
    missing = member(1, 0, observed_at=AT - minutes(60 * hours))
    others = [member(10 + i, 1 + i * 0.5) for i in range(neighbours)]
    fleet = Fleet.of([missing, *others], at=AT, max_age_s=86_400 * 3)
    in_port = np.array([port] + [False] * neighbours)
    heard = silence.heard_nearby(fleet, SILENCE)
    return silence.judge(fleet, in_port, heard, {412300001: (10.0, 0.0)}, {412300001: 6}, SILENCE, keys)


def test_silence_at_sea_with_others_heard_there_is_lost_contact() -> None:
    (finding,) = lost()
    assert finding.subject.id == "412300001"
    assert finding.values["persons_aboard"] == 6
    assert finding.values["silent_h"] == 3.0
    assert "6人" in finding.reason_zh


@pytest.mark.parametrize(
    ("case", "found"),
    [("nobody else heard there", lost(neighbours=0)), ("in port", lost(port=True)), ("too short", lost(hours=1.0))],
)
def test_silence_innocent_case_raises_nothing(case: str, found: list[Finding]) -> None:
    assert found == [], case


def test_silence_receiver_gone_keeps_unknown_and_hearing_her_clears() -> None:
    key = frozenset({"vessels.silence:412300001"})
    assert [f.condition for f in lost(neighbours=0, keys=key)] == [Condition.UNKNOWN]
    assert [f.condition for f in lost(hours=0.1, keys=key)] == [Condition.CLEARED]


def test_search_area_lies_downwind_and_holds_both_leeway_limits() -> None:
    last = Place(lat_deg=27.5, lon_deg=121.8)
    area = silence.search_area(last, 3.0, 10.0, 0.0, SILENCE)  # north wind: she drifts south
    assert area.centre.lat_deg < 27.5
    run_nm = 10.0 * 3600 / 1852 * 3.0
    for leeway in (SILENCE.leeway_low, SILENCE.leeway_high):
        for turn in (-SILENCE.leeway_spread_deg, 0.0, SILENCE.leeway_spread_deg):
            there = destination(27.5, 121.8, 180.0 + turn, leeway * run_nm)
            assert range_nm(area.centre.lat_deg, area.centre.lon_deg, *there) <= area.radius_nm
    calm = silence.search_area(last, 3.0, None, None, SILENCE)
    assert (calm.centre, calm.radius_nm) == (last, 3.0)


def side_by_side(
    gap_m: float, hours: float, sog_kn: float = 1.0, keys: frozenset[str] = NONE, second: Target | None = None
) -> list[Finding]:
    first = boat(412300001, 27.5, 121.8, sog_kn, 0.0)
    other = second or boat(412300002, 27.5, 121.8, sog_kn, 0.0)
    other = replace(other, lat_deg=27.5 + gap_m / 111_195)
    fleet, grid = Fleet.of([first, other], at=AT), TrackGrid(2)
    for back in reversed(range(int(hours * 12))):
        unix_s = np.full(2, AT.timestamp() - back * BIN_S)
        grid.push(fleet.mmsi, unix_s, fleet.lat_deg, fleet.lon_deg, fleet.sog_kn, fleet.cog_deg)
    return encounter.judge(fleet, grid.of(fleet.mmsi), np.zeros(2, bool), ENCOUNTER, keys)


def test_encounter_two_hours_within_500_m_is_raised_once_per_pair() -> None:
    (finding,) = side_by_side(450, 2.1)
    assert finding.key == "vessels.encounter:412300001-412300002"
    assert finding.values["together_min"] == 125


@pytest.mark.parametrize(
    ("case", "found"),
    [
        ("too short", side_by_side(300, 1.8)),
        ("too far", side_by_side(560, 3.0)),
        ("both fast", side_by_side(300, 3.0, sog_kn=6.0)),
        (
            "a gear buoy",
            side_by_side(100, 3.0, second=boat(900123456, 27.5, 121.8, 1.0, 0.0, kind=TargetClass.GEAR_BUOY)),
        ),
    ],
)
def test_encounter_innocent_pair_raises_nothing(case: str, found: list[Finding]) -> None:
    assert found == [], case


def test_encounter_boats_of_one_group_are_together_by_order() -> None:
    facts = RegisterFacts(name_zh="浙洞渔00009", group="一组")
    first = boat(412300001, 27.5, 121.8, 1.0, 0.0, register=facts)
    fleet, grid = Fleet.of([first, replace(first, mmsi=412300002)], at=AT), TrackGrid(2)
    for back in reversed(range(30)):
        grid.push(
            fleet.mmsi,
            np.full(2, AT.timestamp() - back * BIN_S),
            *np.array([[27.5] * 2, [121.8] * 2, [1.0] * 2, [0.0] * 2]),
        )
    assert encounter.judge(fleet, grid.of(fleet.mmsi), np.zeros(2, bool), ENCOUNTER, NONE) == []


def test_encounter_ends_beyond_700_m_only() -> None:
    keys = frozenset({"vessels.encounter:412300001-412300002"})
    assert [f.condition for f in side_by_side(600, 2.1, keys=keys)] == [Condition.ACTIVE]
    assert [f.condition for f in side_by_side(800, 2.1, keys=keys)] == [Condition.CLEARED]


def test_encounter_with_unregistered_boat_or_merchant_weighs_more() -> None:
    dark = boat(412300002, 27.5, 121.8, 1.0, 0.0, kind=TargetClass.UNREGISTERED, register=None)
    assert side_by_side(100, 2.1, second=dark)[0].severity is Severity.ORANGE
    assert side_by_side(100, 2.1, second=merchant(477000001, 27.5, 121.8, 1.0, 0.0))[0].severity is Severity.YELLOW
