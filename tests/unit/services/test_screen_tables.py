"""Times of position tables as people and programs write them."""

import numpy as np
import pytest

from services.screen_files import decoded
from services.screen_tables import instant_s


@pytest.mark.parametrize(
    "text",
    [
        "2021-01-01T08:05:09Z", "2021-01-01 08:05:09 UTC", "2021-01-01T16:05:09+08:00", "2021/1/1 8:05:09",
        "01/01/2021 08:05:09", "20210101080509", "1609488309", "1609488309000", "1609488309.0", 1609488309,
    ],
)  # fmt: skip
def test_time_is_read_as_written(text: object) -> None:
    assert instant_s(text) == 1609488309.0


@pytest.mark.parametrize("text", [None, "", "soon", "2021-13-01T00:00:00Z", "32/01/2021 00:00:00", float("nan")])
def test_what_is_no_time_is_none(text: object) -> None:
    assert np.isnan(instant_s(text))


def test_text_of_any_encoding_is_read_and_one_bad_byte_costs_no_more_than_itself() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        assert decoded("浙洞渔12345".encode(encoding)) == "浙洞渔12345"
    assert decoded("船名,1\n".encode() + b"\xff\xff,2\nA,3\n").endswith("A,3\n")
