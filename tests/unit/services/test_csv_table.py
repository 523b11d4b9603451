"""What people have as a CSV becomes an hourly table, or is refused with what to do."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from services.cli.csv_table import read_table


def table(path: Path, raw: bytes, *, time: str = "time", column: str = "y") -> object:
    file = path / "x.csv"
    file.write_bytes(raw)
    return read_table(file, time=time, column=column, covariates="all")


@pytest.mark.parametrize(
    ("case", "raw", "time", "column"),
    [
        ("ISO", b"time,y\n2026-01-05T00:10Z,5\n2026-01-05T00:40Z,7\n2026-01-05T02:00Z,8\n", "time", "y"),
        ("Excel in China", "时间,氧\n2026/1/5 0:10,5\n2026/1/5 0:40,7\n2026/1/5 2:00,8\n".encode("gbk"), "时间", "氧"),
        ("semicolon", b"time; y\n2026-01-05 00:10;5,0\n2026-01-05 00:40;7,0\n2026-01-05 02:00;8,0\n", "time", "y"),
        ("Unix seconds", b"time,y\n1767571800,5\n1767573600,7\n1767578400,8\n", "time", "y"),
        ("milliseconds", b"time,y\n1767571800000,5\n1767573600000,7\n1767578400000,8\n", "time", "y"),
        ("gaps in words", b"time,y\n2026-01-05T00:10Z,5\n2026-01-05T00:40Z,7\n2026-01-05T01:00Z,--\n"
         b"2026-01-05T02:00Z,8\nend of file,\n", "time", "y"),
        ("with a mark and a zone", "\ufefftime,y\n2026-01-05T08:10+08:00,5\n2026-01-05T08:40+08:00,7\n"
         "2026-01-05T10:00+08:00,8\n".encode(), "time", "y"),
    ],
)  # fmt: skip
def test_table_of_any_make_is_the_same_hours(case: str, raw: bytes, time: str, column: str, tmp_path: Path) -> None:
    found = table(tmp_path, raw, time=time, column=column)
    assert found["y"].dropna().tolist() == [6.0, 8.0], case  # type: ignore[index]
    assert len(found) >= 3, case  # type: ignore[arg-type]
    assert str(found.index[0]) == "2026-01-05 00:00:00+00:00", case  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "cannot be read"),
        (b"a,b\n1,2\n", "it has a, b"),
        (b"time,y\n2026-13-01,2\nfoo,3\n", "is no time; write times as"),
        (b"time,y\n2026-01-01T00:00Z,abc\n", "holds no number"),
        (bytes(range(128, 256)) * 9, "cannot be read"),
    ],
)
def test_table_that_cannot_be_read_is_refused_with_what_to_do(raw: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=words):
        table(tmp_path, raw)


@given(raw=st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_refusal(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    for start in (b"", b"time,y\n"):
        try:
            table(tmp_path_factory.getbasetemp(), start + raw)
        except ConfigError:
            continue
