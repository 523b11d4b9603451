"""The farm's log: every bad row is told, the stock follows, any bytes are survived."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cages.farmlog import COLUMNS, LogKind, read_csv, stock_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CAGES = {"dt01-c01", "dt01-c02"}


def read(text: str, encoding: str = "utf-8") -> object:
    return read_csv(text.encode(encoding), cages=CAGES, now=NOW)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_log_chinese_header_and_words_are_understood(encoding: str) -> None:
    text = "网箱,时间,类型,尾数,均重克,备注\ndt01-c01,2026/5/1 08:00,投苗,30000,120,春苗\n".replace("/5/1", "-05-01")
    file = read_csv(text.encode(encoding), cages=CAGES, now=NOW)
    assert file.problems == ()
    (entry,) = file.entries
    assert (entry.kind, entry.fish_count, entry.at) == (LogKind.STOCKING, 30000, datetime(2026, 5, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("case", "row", "column"),
    [
        ("unknown cage", "x,2026-05-01,note,,,,,,", "cage_id"),
        ("no time", "dt01-c01,yesterday,note,,,,,,", "at"),
        ("future", "dt01-c01,2027-05-01,note,,,,,,", "at"),
        ("unknown kind", "dt01-c01,2026-05-01,party,,,,,,", "kind"),
        ("deaths without a number", "dt01-c01,2026-05-01,mortality,,,,,,", "fish_count"),
        ("negative deaths", "dt01-c01,2026-05-01,mortality,-3,,,,,", "fish_count"),
        ("half a fish", "dt01-c01,2026-05-01,mortality,1.5,,,,,", "fish_count"),
        ("endless feed", "dt01-c01,2026-05-01,feeding,,,inf,,,", "feed_kg"),
        ("no number", "dt01-c01,2026-05-01,feeding,,,nan,,,", "feed_kg"),
        ("medicine without a name", "dt01-c01,2026-05-01,treatment,,,,,,", "substance"),
        ("too many cells", "dt01-c01,2026-05-01,note,,,,,,,,,", ""),
    ],
)
def test_log_bad_row_is_told_with_line_and_column(case: str, row: str, column: str) -> None:
    file = read_csv((",".join(COLUMNS) + "\n" + row + "\n").encode(), cages=CAGES, now=NOW)
    assert file.entries == ()
    assert [(p.line, p.column) for p in file.problems] == [(2, column)]
    assert file.problems[0].text_zh
    assert file.problems[0].text_en


def test_log_every_bad_row_and_each_of_its_faults_is_listed() -> None:
    text = "cage_id,at,kind,fish_count\nx,?,party,\ndt01-c01,2026-05-01,mortality,\ndt01-c01,2026-05-01,mortality,5\n"
    file = read_csv(text.encode(), cages=CAGES, now=NOW)
    assert [p.line for p in file.problems] == [2, 2, 2, 3]
    assert len(file.entries) == 1


def test_log_row_twice_in_a_file_is_told() -> None:
    text = "cage_id,at,kind,fish_count\ndt01-c01,2026-05-01,mortality,5\ndt01-c01,2026-05-01,mortality,5\n"
    (problem,) = read_csv(text.encode(), cages=CAGES, now=NOW).problems
    assert problem.text_zh == "与第2行重复。"


def test_stock_mixes_weights_counts_deaths_and_forgets_after_restocking() -> None:
    text = (
        "cage_id,at,kind,fish_count,mean_weight_g\n"
        "dt01-c01,2026-01-01,stocking,10000,100\n"
        "dt01-c01,2026-02-01,transfer_in,10000,200\n"
        "dt01-c01,2026-03-01,mortality,1000,\n"
        "dt01-c01,2026-04-01,sample,50,400\n"
        "dt01-c01,2026-05-01,harvest,4000,\n"
    )
    stock = stock_of(read_csv(text.encode(), cages=CAGES, now=NOW).entries)["dt01-c01"]
    assert (stock.fish_count, stock.mean_weight_g, stock.biomass_kg) == (15000, 400, 6000)
    assert stock.survival == pytest.approx(0.95)
    text += "dt01-c01,2026-06-01,harvest,15000,\ndt01-c01,2026-07-01,stocking,5000,50\n"
    again = stock_of(read_csv(text.encode(), cages=CAGES, now=NOW).entries)["dt01-c01"]
    assert (again.fish_count, again.mean_weight_g, again.survival) == (5000, 50, 1.0)


@given(st.binary(max_size=300))
def test_log_any_bytes_give_a_reason_not_a_crash(content: bytes) -> None:
    file = read_csv(b"cage_id,at,kind,fish_count\n" + content, cages=CAGES, now=NOW)
    assert file.entries == () or all(entry.cage_id in CAGES for entry in file.entries)
    assert read_csv(content, cages=CAGES, now=NOW).entries == ()
