"""The auditor of the chaos run must see every kind of harm."""

import importlib.util
import sys
from pathlib import Path

import pytest

_PATH = Path(__file__).resolve().parents[3] / "benchmarks" / "gateway_audit.py"
_SPEC = importlib.util.spec_from_file_location("gateway_audit", _PATH)
assert _SPEC is not None and _SPEC.loader is not None
audit = sys.modules[_SPEC.name] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(audit)

ACCEPTED = [
    audit.Accepted(seq=1, stream="reading", name="c.m1.x", t_ms=10_004, value=7.0),
    audit.Accepted(seq=2, stream="reading", name="c.m1.x", t_ms=10_998, value=8.0),
    audit.Accepted(seq=3, stream="nmea", name="rx1", t_ms=10_500, text="!A"),
    audit.Accepted(seq=4, stream="reading", name="c.m1.x", t_ms=10_998, value=8.0),  # the flag once more
]
READINGS = [
    audit.Stored(name="c.m1.x", t_ms=10_000, value=7.0),
    audit.Stored(name="c.m1.x", t_ms=10_998, value=8.0),
]
SENTENCES = [audit.Stored(name="rx1", t_ms=10_500, seq=3, text="!A")]


def harm(readings: list[object], sentences: list[object], gaps: tuple[tuple[str, int, int], ...] = ()) -> list[int]:
    found = audit.compare(ACCEPTED, readings, sentences, gaps)
    return [found[name] for name in ("lost", "duplicates", "misattributed", "given_up_on_record")]


@pytest.mark.parametrize(
    ("readings", "sentences", "gaps", "told"),
    [
        (READINGS, SENTENCES, (), [0, 0, 0, 0]),
        (READINGS[:1], SENTENCES, (), [1, 0, 0, 0]),
        (READINGS[:1], SENTENCES, (("reading", 2, 2),), [0, 0, 0, 1]),
        (READINGS[:1], SENTENCES, (("nmea", 2, 2),), [1, 0, 0, 0]),
        (READINGS, [], (), [1, 0, 0, 0]),
        ([*READINGS, READINGS[0]], SENTENCES, (), [0, 1, 0, 0]),
        ([*READINGS, audit.Stored(name="c.m1.x", t_ms=10_004, value=7.0)], SENTENCES, (), [0, 1, 0, 0]),
        ([*READINGS, audit.Stored(name="c.m2.x", t_ms=10_000, value=7.0)], SENTENCES, (), [0, 0, 1, 0]),
        ([audit.Stored(name="c.m1.x", t_ms=10_000, value=9.0), READINGS[1]], SENTENCES, (), [1, 0, 1, 0]),
        ([audit.Stored(name="c.m1.x", t_ms=11_000, value=7.0), READINGS[1]], SENTENCES, (), [1, 0, 1, 0]),
        (READINGS, [*SENTENCES, SENTENCES[0]], (), [0, 1, 0, 0]),
        (READINGS, [audit.Stored(name="rx2", t_ms=10_500, seq=3, text="!A")], (), [0, 0, 1, 0]),
        (READINGS, [audit.Stored(name="rx1", t_ms=10_500, seq=3, text="!B")], (), [0, 0, 1, 0]),
    ],
    ids=[
        "sound", "lost", "gap on record", "gap of another stream", "sentence lost", "twice", "twice at its own time",
        "other name", "other value", "other second", "sentence twice", "other receiver", "other words",
    ],
)  # fmt: skip
def test_audit_counts_each_kind_of_harm(readings, sentences, gaps, told) -> None:
    assert harm(readings, sentences, gaps) == told


def test_audit_twins_of_one_second_are_one_row_and_told_as_merged() -> None:
    twin = audit.Accepted(seq=9, stream="reading", name="c.m1.x", t_ms=10_700, value=7.0)
    found = audit.compare([*ACCEPTED, twin], READINGS, SENTENCES, ())
    assert (found["lost"], found["merged"], found["misattributed"]) == (0, 1, 0)


def test_audit_row_in_quarantine_fails() -> None:
    sound = {"lost": 0, "duplicates": 0, "misattributed": 0, "quarantined": 0}
    assert not audit.failed(sound)
    assert all(audit.failed(sound | {name: 1}) for name in sound)
