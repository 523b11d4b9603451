"""The limits page: what holds where and which changes are refused."""

from datetime import UTC, datetime

import pytest

from cages.adjust import Change, adjustable
from dashboard.i18n import Words
from dashboard.views.limit_page import label, lines, own_limits, refusal
from dashboard.views.limits import rules
from store.limits import LimitRow
from store.reader_limits import PlaceRow

ZH, EN = Words("zh"), Words("en")
AT = datetime(2026, 11, 27, 2, tzinfo=UTC)
PLACES = [
    PlaceRow(place_id="dt01", farm_id=None, name_zh="海生养殖场", name_en=""),
    PlaceRow(place_id="dt01-c01", farm_id="dt01", name_zh="1号网箱", name_en=""),
]


def row(scope: str, name: str, value: float) -> LimitRow:
    return LimitRow(scope=scope, name=name, value=value, unit="mg/L", reason="苗种", changed_by="admin", changed_at=AT)


def test_every_limit_has_words_in_both_languages() -> None:
    labels = {label(name, ZH) for name in adjustable(rules())} | {label(name, EN) for name in adjustable(rules())}
    assert len(labels) == 2 * len(adjustable(rules()))
    assert label("oxygen.yellow", ZH) == "溶氧 · 警告 · 低于"


def test_line_names_the_change_of_the_narrowest_place() -> None:
    changed = [row("dt01", "oxygen.yellow", 4.5), row("*", "oxygen.yellow", 4.2)]
    (farm,) = [x for x in lines(changed, "dt01", "dt01-c01", ZH) if x.name == "oxygen.yellow"]
    assert (farm.standard, farm.holds, farm.change) == (4.0, 4.5, changed[0])
    (everybody,) = [x for x in lines(changed, None, None, ZH) if x.name == "oxygen.yellow"]
    assert (everybody.holds, everybody.change) == (4.2, changed[1])
    assert "4.5 mg/L（admin，2026-11-27 10:00）" in own_limits(changed, "dt01", "dt01-c01", ZH)
    assert own_limits([], "dt01", "dt01-c01", ZH) == ""


@pytest.mark.parametrize(
    ("changed", "change", "taken_back", "says"),
    [
        ([], Change(place="*", name="oxygen.yellow", value=4.5), False, ""),
        ([], Change(place="dt01", name="oxygen.yellow", value=40), False, "0.5 至 12 mg/L"),
        ([], Change(place="dt01", name="oxygen.pink", value=4), False, "没有这个限值"),
        ([], Change(place="dt01-c01", name="oxygen.red", value=4.5), False, "dt01-c01 的限值会互相矛盾"),
        # Sound for everybody, but one cage has its own milder level below it.
        ([row("dt01-c01", "oxygen.blue", 4.1)], Change(place="*", name="oxygen.yellow", value=4.5), False, "dt01-c01"),
        # What is taken back leaves another change behind that only made sense with it.
        (
            [row("dt01", "oxygen.blue", 6.0), row("dt01", "oxygen.yellow", 5.5)],
            Change(place="dt01", name="oxygen.blue", value=6.0),
            True,
            "互相矛盾",
        ),
    ],
)
def test_change_that_makes_no_sense_anywhere_is_refused(
    changed: list[LimitRow], change: Change, taken_back: bool, says: str
) -> None:
    told = refusal(changed, PLACES, change, taken_back=taken_back, words=ZH)
    assert says in told and bool(told) == bool(says)
