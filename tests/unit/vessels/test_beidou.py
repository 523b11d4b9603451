"""AIS against Beidou: who fell silent while the other sees her, and a feed or receiver that is out accuses nobody."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.finding import Condition
from vessels.beidou import BeidouFix, CrossCheck, Kind, Seen, load_rules
from vessels.beidou_findings import FEED_KEY, findings, key_of
from vessels.coverage import Coverage
from vessels.coverage import load_rules as load_coverage
from vessels.register import RegisterRow

RULES_DIR = Path(__file__).parents[3] / "config" / "rules"
RULES = load_rules(RULES_DIR)
BOATS = [
    RegisterRow(boat_id=f"DJ{k}", name_zh=f"浙洞渔1000{k}", mmsi=412000000 + k, beidou_id=str(300000 + k))
    for k in range(8)
]
HOUR = 3600


def _place(boat: int, at_s: float) -> tuple[float, float]:
    """Return where a boat of 6 kn northward is."""
    return 27.8 + 0.1 * at_s / HOUR, 121.2 + 0.01 * boat


Off = dict[int, tuple[float, float]]


def _sail(
    hours: float, *, ais_off: Off | None = None, beidou_off: Off | None = None, east_of: int | None = None,
    moored: bool = False, silent_receiver: tuple[float, float] = (1e9, 1e9),
) -> CrossCheck:  # fmt: skip
    check = CrossCheck(BOATS, RULES, Coverage(rules=load_coverage(RULES_DIR)))
    for second in range(0, int(hours * HOUR), 60):
        for boat in range(len(BOATS)):
            lat, lon = _place(boat, 0.0 if moored else second)
            off = (ais_off or {}).get(boat, (1e9, 1e9))
            if not (off[0] <= second < off[1] or silent_receiver[0] <= second < silent_receiver[1]):
                check.ais(412000000 + boat, Seen(at_s=second, lat_deg=lat, lon_deg=lon, sog_kn=6.0, cog_deg=0.0))
            off = (beidou_off or {}).get(boat, (1e9, 1e9))
            if second % 600 == 60 * boat and not off[0] <= second < off[1]:
                shift = 0.5 if boat == east_of else 0.0
                check.beidou(BeidouFix(beidou_id=str(300000 + boat), at_s=second, lat_deg=lat, lon_deg=lon + shift))
    return check


def _at(hours: float) -> datetime:
    return datetime.fromtimestamp(hours * HOUR, UTC)


def test_boats_seen_by_both_are_not_told() -> None:
    check = _sail(6)
    assert check.told == []
    assert findings(check, _at(6), frozenset()) == []


def test_boat_whose_ais_falls_silent_while_beidou_sees_her_is_told_once_and_ends_when_heard() -> None:
    key = key_of(Kind.AIS_SILENT, 412000003)
    check = _sail(3, ais_off={3: (HOUR, 4 * HOUR)})
    (raised,) = findings(check, _at(3), frozenset())
    assert (raised.key, raised.condition, raised.subject.name) == (key, Condition.ACTIVE, "浙洞渔10003")
    assert "AIS 已静默" in raised.reason_zh
    assert raised.place is not None
    over = _sail(5, ais_off={3: (HOUR, 4 * HOUR)})
    assert [e.kind for e in over.told] == [Kind.AIS_SILENT]
    (cleared,) = findings(over, _at(5), frozenset({key}))
    assert (cleared.key, cleared.condition) == (key, Condition.CLEARED)


def test_boat_whose_terminal_falls_silent_while_ais_hears_her_is_told() -> None:
    check = _sail(6, beidou_off={5: (HOUR, 9 * HOUR)})
    (raised,) = findings(check, _at(6), frozenset())
    assert raised.key == key_of(Kind.BEIDOU_SILENT, 412000005)
    assert "北斗已静默" in raised.reason_zh


def test_number_and_terminal_in_two_places_are_told() -> None:
    check = _sail(2, east_of=2)
    (raised,) = findings(check, _at(2), frozenset())
    assert raised.key == key_of(Kind.APART, 412000002)
    assert raised.values["distance_nm"] == pytest.approx(26.4, abs=0.5)


def test_boat_in_port_may_switch_off() -> None:
    assert _sail(4, ais_off={3: (HOUR, 9 * HOUR)}, beidou_off={4: (HOUR, 9 * HOUR)}, moored=True).told == []


def test_receiver_that_is_out_makes_nobody_silent() -> None:
    assert _sail(4, silent_receiver=(HOUR, 4 * HOUR)).told == []


def test_feed_that_is_out_is_one_finding_about_the_feed_and_ends() -> None:
    everyone = dict.fromkeys(range(len(BOATS)), (2.0 * HOUR, 6.0 * HOUR))
    check = _sail(6, beidou_off=everyone)
    (raised,) = findings(check, _at(6), frozenset())
    assert (raised.key, raised.condition) == (FEED_KEY, Condition.ACTIVE)
    (cleared,) = findings(_sail(7, beidou_off=everyone), _at(7), frozenset({FEED_KEY}))
    assert (cleared.key, cleared.condition) == (FEED_KEY, Condition.CLEARED)


def test_both_silent_clears_nothing() -> None:
    key = key_of(Kind.AIS_SILENT, 412000003)
    check = _sail(8, ais_off={3: (HOUR, 99 * HOUR)}, beidou_off={3: (3 * HOUR, 99 * HOUR)})
    assert [(f.key, f.condition) for f in findings(check, _at(8), frozenset({key}))] == [(key, Condition.UNKNOWN)]


def test_terminals_outside_of_the_register_are_counted_and_late_reports_change_nothing() -> None:
    check = _sail(1)
    check.beidou(BeidouFix(beidou_id="999", at_s=10.0, lat_deg=27.0, lon_deg=121.0))
    check.beidou(BeidouFix(beidou_id="300001", at_s=10.0, lat_deg=20.0, lon_deg=110.0))
    assert check.strangers() == {"999"}
    assert check.told == []


def test_new_register_keeps_what_is_known_of_unchanged_boats() -> None:
    check = _sail(3, ais_off={3: (HOUR, 4 * HOUR)})
    check.enter(BOATS[:4])
    assert [e.boat.mmsi for e in check.running()] == [412000003]
    check.enter(BOATS[:3])
    assert check.running() == []
