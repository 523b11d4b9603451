"""The cage page's rows on probes, stock and exposure."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cages.health import ProbeHealth
from dashboard.i18n import Words
from dashboard.look import State
from dashboard.views import cage_care
from store.reader import Bucket
from store.reader_cages import LogRow

NOW = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
ZH = Words("zh")


def probe(**changes: Any) -> ProbeHealth:
    return ProbeHealth(cage_id="c", point="d2", quantity="do_mg_l", computed_at=NOW, uptime_pct=99.4, **changes)


@pytest.mark.parametrize(
    ("case", "row", "wants", "state"),
    [
        ("out now", probe(offset=-0.6, out_at=NOW), "已超允许误差：现在清洗或校准", State.YELLOW),
        ("soon out", probe(offset=-0.3, out_at=NOW + timedelta(days=4)), "约07-05超出允许误差", State.BLUE),
        ("drifts", probe(offset=0.3, drift_since=NOW), "有漂移：请清洗", State.YELLOW),
        ("no log", probe(), "没有保养记录", State.UNKNOWN),
        ("clean next", probe(clean_at=NOW + timedelta(days=9), calibrate_at=NOW + timedelta(days=80)), "07-10前清洗",
         State.GOOD),
        ("calibrate overdue", probe(calibrate_at=NOW - timedelta(days=2)), "06-29前校准", State.BLUE),
    ],
)  # fmt: skip
def test_probe_line_says_what_is_wanted_and_by_when(case: str, row: ProbeHealth, wants: str, state: State) -> None:
    (line,) = cage_care.probe_lines([row], now=NOW, words=ZH)
    assert (line.wants, line.state, line.label, line.uptime) == (wants, state, "溶氧 · 2 米层", "99 %"), case


def test_probe_lines_leave_out_what_is_no_probe_of_the_water() -> None:
    battery = ProbeHealth(cage_id="c", point="power", quantity="battery_v", computed_at=NOW)
    assert cage_care.probe_lines([battery], now=NOW, words=ZH) == []


def test_exposure_counts_hours_of_the_lowest_point_and_of_each_span() -> None:
    oxygen = [
        Bucket(series_id=number, at=NOW - timedelta(hours=back), low=None, high=None, mean=mean)
        for number, mean in ((1, 6.0), (2, 3.5))
        for back in range(30, 40)
    ]
    counted = cage_care.exposures(oxygen, [], now=NOW)
    assert counted[24].known_h == 0
    assert counted[168].hours_below == {5.0: 10.0, 4.0: 10.0, 3.0: 0.0, 2.0: 0.0}
    heads, rows = cage_care.exposure_rows(counted, ZH)
    assert heads == ("累计项目", "1 天", "7 天", "30 天")
    assert rows[1] == ("溶氧低于4 mg/L的小时数", "0", "10", "10")


def test_stock_line_says_the_fish_or_that_none_are_entered() -> None:
    entry = LogRow(at=NOW, kind="stocking", fish_count=1000, mean_weight_g=400.0, feed_kg=None, substance="", dose="",
                   note="", entered_by="")  # fmt: skip
    assert cage_care.stock_line([entry], ZH) == "现有1,000尾，均重400克，共400公斤；成活率100.0%。"
    assert "还没有登记放养" in cage_care.stock_line([], ZH)
