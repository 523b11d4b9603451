"""Messages that are sound as messages (check sum, JSON, hash) and hostile inside: named and refused, never a crash.

A retained message that raised would come back at every reconnection and keep the gateway off the air.
"""

import dataclasses
import hashlib
import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import ConfigError, DecodeError
from gateway import commands, config
from gateway.nmea import BadSentenceError, checksum, gps_unix_s, parse, tagged
from gateway.remote import Offer, read_offer
from gateway.wire import read_ack

SENTENCE = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*"
SENTENCE += checksum(SENTENCE[1:-1].decode()).encode()
LOCAL = {"gateway": {"id": "gw-a", "profiles": str(Path("config/profiles").resolve())}, "broker": {"host": "h"}}
HUGE = "1" + "0" * 400


@given(st.text(st.characters(max_codepoint=255, exclude_characters="\\\r\n"), max_size=80))
@example("c:\xb2")
@example("c:" + "9" * 400)
@example("c:.")
@example("c:99999999999999999")
def test_any_tag_block_is_read_or_named(block: str) -> None:
    raw = b"\\" + block.encode("latin-1") + b"*" + checksum(block).encode() + b"\\" + SENTENCE
    try:
        line = parse(raw)
    except BadSentenceError as exc:
        assert str(exc) in ("tag", "form", "length")
        return
    assert line.time_s is None or datetime.fromtimestamp(line.time_s, UTC)
    again = parse(tagged(line, at_s=1.79e9, receiver="rx1").encode())
    assert (again.text, again.time_s) == (line.text, 1.79e9)


@given(st.lists(st.text("0123456789.-+naifNA_ ", max_size=9), min_size=9, max_size=12), st.sampled_from(["RMC", "ZDA"]))
@example(["1234nan", "A", "", "", "", "", "", "", "010126"], "RMC")
@example(["1234inf", "01", "01", "2026", "", "", "", "", ""], "ZDA")
def test_any_gps_fields_are_a_time_or_none(fields: list[str], kind: str) -> None:
    body = f"GP{kind}," + ",".join(fields)
    seconds = gps_unix_s(parse(f"${body}*{checksum(body)}".encode()))
    assert seconds is None or math.isfinite(seconds)


def offered(text: str, version: object = 1) -> Offer | None:
    told = {"version": version, "toml": text, "sha256": hashlib.sha256(text.encode(errors="replace")).hexdigest()}
    try:
        return read_offer(json.dumps(told).encode(), LOCAL, Path("gateway.toml"))
    except ConfigError as exc:
        assert str(exc)
        return None


SECTIONS = {"[send]": config.SendSection, "[ais]": config.AisSection, "[[bus]]": config.BusSection,
            "[[unit]]": config.UnitSection, "[[nmea]]": config.NmeaSection}  # fmt: skip
ROWS = [(head, field.name) for head, kind in SECTIONS.items() for field in dataclasses.fields(kind)]
VALUES = ("nan", "inf", "-1", "0", "1e300", HUGE, "[]", "[[]]", "{}", "{a=1}", "true", '""', '"x"', '"\\u0000"',
          "1979-05-27", "9" * 5000)  # fmt: skip
ODD = st.sampled_from(VALUES)


@given(st.lists(st.tuples(st.sampled_from(ROWS), ODD), max_size=8))
def test_any_remote_settings_are_an_offer_or_a_config_error(rows: list[tuple[tuple[str, str], str]]) -> None:
    heads = {head: {name: value for (at, name), value in rows if at == head} for (head, _), _ in rows}
    offered("\n".join(f"{head}\n" + "\n".join(f"{k} = {v}" for k, v in body.items()) for head, body in heads.items()))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("a = " + "[" * 50_000, 1),
        ("a = " + "9" * 5_000, 1),
        ("\ud800", 1),
        ("[send]\nack_timeout_s = nan", 1),
        ("", 0),
        ("", -1),
        ("", 2**53),
    ],
)
def test_hostile_remote_config_is_refused(text: str, version: int) -> None:
    assert offered(text, version) is None


@pytest.mark.parametrize("at", [HUGE, "NaN", "Infinity", "1e999", "true", "null"])
def test_ack_with_an_odd_time_still_names_its_rows(at: str) -> None:
    assert read_ack(f'{{"committed": [[1, 2]], "at": {at}}}') == ([(1, 2)], None)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("by", '"\\ud800"'),
        ("command", '"\\ud800"'),
        ("by", '"a\\u0000"'),
        ("by", '""'),
        ("value", HUGE),
        ("value", "-1"),
    ],
)
def test_command_that_could_not_be_written_down_is_refused(key: str, value: str) -> None:
    fields = {"command": '"a"', "value": "1", "by": '"d"', "issued_at": "1", "expires_at": "2"} | {key: value}
    payload = "{" + ",".join(f'"{name}": {text}' for name, text in fields.items()) + "}"
    with pytest.raises(DecodeError, match="short text"):
        commands.parse("c1", payload.encode())


@pytest.mark.parametrize("at", [HUGE, "NaN", "1e999"])
def test_command_with_an_odd_time_is_refused(at: str) -> None:
    payload = f'{{"command": "a", "value": 1, "by": "d", "issued_at": {at}, "expires_at": 2}}'
    with pytest.raises(DecodeError, match="Unix seconds"):
        commands.parse("c1", payload.encode())
