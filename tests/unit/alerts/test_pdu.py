"""PDUs by published frames, and both alphabets by random texts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import gsm7, pdu
from alerts.segments import GSM7_BASIC, GSM7_EXTENDED, cloud_segments, measure, split

# The worked examples of the widely copied page "SMS and the PDU format" (dreamfabric.com/sms).
SUBMIT = "0011000B916407281553F80000AA0AE8329BFD4697D9EC37"
DELIVER = "07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37"


def test_submit_equals_the_published_frame() -> None:
    [part] = pdu.submits("+46708251358", "hellohello", 0, report=False, validity=0xAA)
    assert (part.hex, part.length) == (SUBMIT, 23)


def test_deliver_of_the_published_frame_is_read() -> None:
    message = pdu.read(bytes.fromhex(DELIVER))
    assert isinstance(message, pdu.Deliver)
    assert (message.address, message.text) == ("27838890001", "hellohello")
    assert message.at == datetime(1999, 3, 29, 13, 16, 59, tzinfo=UTC), "15:16:59 at +2 h"


def test_submit_in_chinese_is_ucs2_with_a_status_report() -> None:
    [part] = pdu.submits("19900000001", "回港", 7)
    assert part.hex == "0031000B819109000000F10008A70456DE6E2F"


def test_long_text_carries_a_concatenation_header_in_each_part() -> None:
    parts = pdu.submits("19900000001", "浪" * 150, 9)
    assert len(parts) == 3
    assert all(f"05000309030{n}" in part.hex for n, part in enumerate(parts, start=1))


@pytest.mark.parametrize("number", ["", "abc", "1" * 21, "+"])
def test_number_that_is_none_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="phone number"):
        pdu.submits(number, "x", 0)


@given(st.binary(max_size=60))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    try:
        assert pdu.read(octets)
    except ValueError as exc:
        assert str(exc)


@given(st.text(alphabet=sorted(GSM7_BASIC | GSM7_EXTENDED), max_size=200))
def test_gsm7_packs_and_unpacks_to_the_same_text(text: str) -> None:
    codes = gsm7.encode(text)
    assert gsm7.decode(gsm7.unpack(gsm7.pack(codes, 3), len(codes), 3)) == text


@given(st.text(max_size=600))
def test_parts_join_to_the_text_and_fit(text: str) -> None:
    parts, length = split(text), measure(text)
    assert "".join(parts) == text
    assert len(parts) == length.segments
    if length.ucs2:
        widths = [len(part.encode("utf-16-be", "surrogatepass")) // 2 for part in parts]
        assert max(widths) <= (70 if len(parts) == 1 else 67)


@pytest.mark.parametrize(
    ("text", "segments"),
    [("浪" * 70, 1), ("浪" * 71, 2), ("浪" * 134, 2), ("浪" * 135, 3), ("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1),
     ("€" * 81, 2), ("😀" * 35, 1), ("😀" * 36, 2)],
)  # fmt: skip
def test_segments_by_the_standards_limits(text: str, segments: int) -> None:
    assert measure(text).segments == segments


def test_cloud_counts_every_character_alike() -> None:
    assert [cloud_segments("a" * n) for n in (70, 71, 134, 135)] == [1, 2, 2, 3]
