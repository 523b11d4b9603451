"""Field bugs as data: a profile, the frames on the wire, and what must come of them. A new one needs no new code."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.profiles import load_profile
from gateway.decode import decode
from gateway.modbus import Outcome, Request, RtuReader

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/frames.json"))


def words_of(case: Path) -> dict[tuple[int, int], int]:
    told: dict[str, Any] = json.loads((case / "frames.json").read_text(encoding="utf-8"))
    found: dict[tuple[int, int], int] = {}
    for row in told["frames"]:
        request = Request(unit=told["unit"], function=row["function"], address=row["address"], count=row["count"])
        reply = RtuReader(request).feed(bytes.fromhex(row["reply"]))
        assert reply is not None
        assert reply.outcome is Outcome.OK
        found |= {(row["function"], row["address"] + index): word for index, word in enumerate(reply.words)}
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case_of_the_field_decodes_as_expected(case: Path) -> None:
    profile, on_wire = load_profile(case / "profile.toml"), words_of(case)
    words = {
        r.key: tuple(on_wire[r.function, a] for a in range(r.address, r.address + r.width))
        for r in profile.registers
        if all((r.function, a) in on_wire for a in range(r.address, r.address + r.width))
    }
    decoded = decode(profile, words)
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assert {key: {"value": decoded[key].value, "qc": decoded[key].qc.name} for key in expected} == expected


def test_there_are_cases() -> None:
    assert len(CASES) >= 3
