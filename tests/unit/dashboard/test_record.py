"""The forecasts' record as sentences and tables, counted by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.i18n import Words
from dashboard.views import record
from dashboard.views.limits import cost_shares
from store.reader_record import EventSumRow, OnsetRow, SkillSumRow

EN, ZH = Words("en"), Words("zh")
AT = datetime(2026, 8, 20, 6, tzinfo=UTC)


def skill(model: str, pinball: float, *, season: int = 2, inside: int = 80, lead_h: int = 24) -> SkillSumRow:
    return SkillSumRow(
        place_id="", quantity="do_mg_l", model=model, lead_h=lead_h, season=season, cases=100, pinball=100 * pinball,
        crps=200 * pinball, inside=inside, error=10.0, absolute=35.0,
    )  # fmt: skip


def event(tenth: int, came: int, *, warned: int = 0, hits: int = 0, misses: int = 0, cost: float = 0.0) -> EventSumRow:
    return EventSumRow(
        quantity="do_mg_l", severity=2, window_h=24, bin=tenth, season=2, cases=100, chance=10.0 * tenth + 5, came=came,
        brier=9.0, cost=cost, fresh=100, warned=warned, hits=hits, misses=misses,
    )  # fmt: skip


def onset(early_h: float | None) -> OnsetRow:
    warned = None if early_h is None else AT - timedelta(hours=early_h)
    return OnsetRow(
        place_id="c1", name_zh="一号", name_en="One", point="d2", quantity="do_mg_l", severity=2, onset_at=AT,
        limit_value=4.0, warned_at=warned, forecasts=24, warned=0 if warned is None else 12,
    )  # fmt: skip


def test_lead_line_sets_our_forecasts_against_persistence() -> None:
    rows = [skill("blend", 0.10), skill("cold_start", 0.14), skill("persistence", 0.20)]
    (line,) = record.leads(rows)
    assert (line.cases, line.absolute, line.coverage) == (200, 0.35, 0.8)
    assert line.gain == pytest.approx(1 - 0.12 / 0.20)
    assert record.leads([skill("persistence", 0.2)]) == []


def test_season_chooses_rows_and_onsets() -> None:
    rows = [skill("blend", 0.1, season=s) for s in range(4)]
    assert [r.season for r in record.in_season(rows, "do_mg_l", 2)] == [2]
    assert len(record.in_season(rows, "do_mg_l", -1)) == 4
    assert record.in_season(rows, "hs_m", -1) == []
    assert len(record.onsets_in([onset(1)], "do_mg_l", 2)) == 1
    assert record.onsets_in([onset(1)], "do_mg_l", 0) == []
    assert record.season_of(datetime(2026, 11, 30, 17, tzinfo=UTC)) == 0  # already December in China


def test_colour_line_has_the_textbook_scores() -> None:
    rows = [event(1, 5, misses=5, cost=5.0), event(6, 60, warned=80, hits=60, cost=40.0)]
    (line,) = record.colours(rows, {2: 0.4}, 24)
    assert (line.pod, line.far, line.csi) == (pytest.approx(60 / 65), 0.25, pytest.approx(60 / 85))
    assert (line.cases, line.came, line.brier) == (200, 65, pytest.approx(0.09))
    # Never acting costs 0.325 a case, always 0.4, a perfect forecast 0.13, ours 0.225.
    assert line.value == pytest.approx((0.325 - 0.225) / (0.325 - 0.13))
    assert record.colours([event(0, 0)], {2: 0.4}, 24)[0].pod is None


def test_bins_compare_what_was_told_with_what_came() -> None:
    assert [(b.told, b.came) for b in record.bins([event(1, 5), event(6, 60)], 24)] == [(0.15, 0.05), (0.65, 0.6)]


@pytest.mark.parametrize(("inside", "said"), [(80, "may be relied on"), (60, "too narrow"), (95, "wider than need be")])
def test_sentences_say_what_the_figures_mean(inside: int, said: str) -> None:
    lines = record.leads([skill("blend", 0.1, inside=inside), skill("persistence", 0.2)])
    text = " ".join(record.sentences(lines, [onset(13), onset(5), onset(None)], "do_mg_l", EN))
    assert "off by 0.35 mg/L" in text
    assert "50 % better" in text
    assert said in text
    assert "Of 3 times that a limit was crossed 2 were warned of, half of them 9 h or more before." in text


def test_sentences_of_bad_or_little_record_are_honest() -> None:
    worse = record.leads([skill("blend", 0.3), skill("persistence", 0.2)])
    assert "差 50%" in " ".join(record.sentences(worse, [onset(None)], "do_mg_l", ZH))
    assert "都没有提前报出" in " ".join(record.sentences(worse, [onset(None)], "do_mg_l", ZH))
    few = record.leads([replace(skill("blend", 0.1), cases=5)])
    assert "还太少" in record.sentences(few, [], "do_mg_l", ZH)[0]
    assert "还太少" in record.sentences([], [], "do_mg_l", ZH)[0]


def test_places_come_weakest_first() -> None:
    good = [replace(skill(m, p), place_id="good", lead_h=0) for m, p in (("blend", 0.1), ("persistence", 0.2))]
    weak = [replace(skill(m, p), place_id="weak", lead_h=0) for m, p in (("blend", 0.19), ("persistence", 0.2))]
    assert [place for place, _ in record.places([*good, *weak])] == ["weak", "good"]


def test_cost_shares_are_those_of_the_rule_file() -> None:
    assert cost_shares("do_mg_l")[2] == pytest.approx(0.4)
    assert cost_shares("ph") == {}
