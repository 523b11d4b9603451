"""One-time codes against the published test values."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("unix_s", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_code_is_that_of_rfc_6238_appendix_b(unix_s: int, code: str) -> None:
    assert totp.code_of(SECRET, unix_s // 30) == code


def test_code_is_taken_half_a_minute_early_or_late_and_no_more() -> None:
    code = totp.code_of(SECRET, 1000)
    for off, step in ((-2, None), (-1, 1000), (0, 1000), (1, 1000), (2, None)):
        assert totp.step_of(SECRET, code, datetime.fromtimestamp((1000 + off) * 30, UTC)) == step
    assert totp.step_of(SECRET, f" {code[:3]} {code[3:]} ", datetime.fromtimestamp(30_000, UTC)) == 1000


@given(st.text(max_size=12).filter(lambda text: not text.strip().isdigit()))
def test_anything_else_is_refused(text: str) -> None:
    assert totp.step_of(SECRET, text, datetime.fromtimestamp(30_000, UTC)) is None
