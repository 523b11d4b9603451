"""Commands, acknowledgements, platforms, metrics, sd_notify: the pure edges of the wire."""

import json
import platform
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import pack
from core.errors import DecodeError
from core.qc import QcFlag
from core.topics import Stream
from gateway import commands, memory
from gateway.config import CommandSection
from gateway.notify import notify, watchdog_s
from gateway.platforms import influx, thingsboard
from gateway.spool import Row
from gateway.web import metrics_text
from gateway.wire import encode, read_ack

ALLOWED = (CommandSection(name="aerator", unit="relay", address=0, max_age_s=60, min_interval_s=5),)


def command(**more: object) -> commands.Command:
    base = {"id": "c1", "name": "aerator", "value": 1, "by": "duty", "issued_at_s": 100.0, "expires_at_s": 200.0}
    return commands.Command(**(base | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "now_s", "clock", "last_s", "expected"),
    [
        ({}, 110.0, True, None, None),
        ({"name": "lamp"}, 110.0, True, None, "refused"),
        ({"value": 2}, 110.0, True, None, "refused"),
        ({}, 201.0, True, None, "expired"),
        ({"expires_at_s": 1e9}, 161.0, True, None, "expired"),
        ({}, 110.0, False, None, "refused"),
        ({"issued_at_s": 150.0}, 110.0, True, None, "refused"),
        ({}, 110.0, True, 107.0, "refused"),
        ({}, 110.0, True, 104.0, None),
    ],
)
def test_command_is_refused_for_each_reason(
    changes: dict[str, object], now_s: float, clock: bool, last_s: float | None, expected: str | None
) -> None:
    found = commands.refusal(command(**changes), ALLOWED, now_s=now_s, clock_known=clock, last_s=last_s)
    assert (found[0] if found else None) == expected


@given(st.one_of(st.binary(max_size=80), st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5),
       lambda inner: st.dictionaries(st.sampled_from(["command", "value", "by", "issued_at", "expires_at"]), inner),
       max_leaves=8).map(lambda v: json.dumps(v).encode())))  # fmt: skip
def test_any_command_message_is_a_command_or_a_decode_error(payload: bytes) -> None:
    try:
        commands.parse("c1", payload)
    except DecodeError as exc:
        assert str(exc).endswith(".") or "JSON" in str(exc)


@given(st.binary(max_size=60))
def test_any_ack_bytes_delete_at_most_what_they_name(payload: bytes) -> None:
    ranges, _ = read_ack(payload)
    assert all(0 <= low <= high for low, high in ranges)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ('{"committed": [[1, 5], [9, 9]], "at": 7.5}', [(1, 5), (9, 9)]),
        ('{"committed": [[5, 1], [true, 2], ["1", 2], [1], 3, null, [2, 3]]}', [(2, 3)]),
        ("[]", []),
        ("{}", []),
        ("no", []),
    ],
)
def test_ack_keeps_only_sound_ranges(text: str, ranges: list[tuple[int, int]]) -> None:
    assert read_ack(text)[0] == ranges


ROWS = [
    Row(seq=7, boot="b", clock=1, t_ms=1_790_000_000_123, name="dt01-c01.d2.do_mg_l", value=6.5, qc=1),
    Row(seq=9, boot="b", clock=1, t_ms=1_790_000_000_123, name="dt01-c01.d2.water_temp_c", value=None, qc=9),
    Row(seq=12, boot="b", clock=1, t_ms=1_790_000_001_000, name="dt01-c01.d2.do_mg_l", value=0.0, qc=4),
]


def test_rows_come_back_from_the_wire_with_number_time_value_and_flag() -> None:
    found = pack.decode(encode("gw-a", Stream.READING, ROWS))
    assert found.head.boot_id == "b"
    assert [(seq, r.value, r.qc) for seq, r in found.readings] == [
        (7, 6.5, QcFlag.GOOD), (9, None, QcFlag.MISSING), (12, 0.0, QcFlag.FAIL)
    ]  # fmt: skip
    assert [round(r.observed_at.timestamp() * 1000) for _, r in found.readings] == [row.t_ms for row in ROWS]


def test_thingsboard_copy_has_only_usable_values() -> None:
    assert json.loads(thingsboard(ROWS)) == {"dt01-c01.d2": [{"ts": 1_790_000_000_123, "values": {"do_mg_l": 6.5}}]}
    assert thingsboard(ROWS[1:]) == b""


def test_influx_copy_is_line_protocol_with_the_flag() -> None:
    first, second, _ = influx(ROWS).decode().split("\n")
    assert first == "do_mg_l,cage=dt01-c01,point=d2 value=6.5,qc=1i 1790000000123000000"
    assert second == "water_temp_c,cage=dt01-c01,point=d2 qc=9i 1790000000123000000"


def test_metrics_text_escapes_labels() -> None:
    text = metrics_text({"m": ("gauge", "Help.", [({"unit": 'a"b\\c\nd'}, 1.5)])})
    assert text == '# HELP m Help.\n# TYPE m gauge\nm{unit="a\\"b\\\\c\\nd"} 1.5\n'


def test_notify_speaks_to_systemd_and_is_silent_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify("READY=1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "n"))
        assert notify("READY=1", str(tmp_path / "n"))
        assert listener.recv(100) == b"READY=1"
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    assert watchdog_s() == 30.0


def rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives memory back from inside its heap")
def test_holes_between_what_is_kept_are_given_back() -> None:
    held = [b"x" * (20_000 + n) for n in range(2000)]
    kept = held[::50]
    del held
    before_mb = rss_mb()
    assert memory.give_back()
    assert rss_mb() < before_mb - 20, f"{len(kept)} blocks hold the heap up"
