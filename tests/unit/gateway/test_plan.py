"""Request planning and bus time: fewest reads within every limit, and the numbers of an impossible plan."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.profiles import Convention, Profile, Register, Serial, ValueType, load_profiles
from gateway.plan import Block, Load, character_s, overload, plan, poll_s, read_s, silence_s, wanted

PROFILES = load_profiles(Path("config/profiles"))


def profile(registers: list[Register], **more: object) -> Profile:
    return Profile(id="x", title="x", source="x", convention=Convention.ZERO, registers=tuple(registers), **more)  # type: ignore[arg-type]


registers = st.lists(
    st.builds(
        lambda a, f, t: Register(key=f"{f}-{a}", address=a, function=f, type=t, quantity=None),
        st.integers(0, 400),
        st.sampled_from([3, 4]),
        st.sampled_from([ValueType.UINT16, ValueType.FLOAT32, ValueType.FLOAT64]),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda r: r.key,
)


@given(registers, st.integers(0, 20), st.integers(8, 125), st.booleans())
def test_plan_covers_every_register_once_within_all_limits(
    rows: list[Register], hole: int, most: int, even: bool
) -> None:
    blocks = plan(profile(rows, max_hole=hole, max_registers=most, even_start=even), rows)
    assert sorted(r.key for b in blocks for r in b.registers) == sorted(r.key for r in rows)
    for block in blocks:
        assert 1 <= block.count <= most
        assert not even or (block.start % 2, block.count % 2) == (0, 0)
        covered = set()
        for row in block.registers:
            assert row.function == block.function
            assert block.start <= row.address
            assert row.address + row.width <= block.start + block.count
            covered |= set(range(row.address, row.address + row.width))
        holes = sorted(set(range(min(covered), max(covered))) - covered)
        assert longest_run(holes) <= hole


def longest_run(numbers: list[int]) -> int:
    best = run = 0
    for index, number in enumerate(numbers):
        run = run + 1 if index and number == numbers[index - 1] + 1 else 1
        best = max(best, run)
    return best


def test_plan_of_ysi_reads_even_blocks_and_only_what_is_used() -> None:
    blocks = plan(PROFILES["ysi-odo-rtu"])
    assert [(b.function, b.start, b.count) for b in blocks] == [(4, 0, 18)]
    assert "tds_mg_l" not in {r.key for r in wanted(PROFILES["ysi-odo-rtu"])}


def test_plan_never_reads_the_holes_of_a_strict_instrument() -> None:
    assert [(b.start, b.count) for b in plan(PROFILES["hach-ldo-aq"])] == [(0, 2), (11, 1), (13, 1)]


def test_bits_are_planned_apart_from_registers() -> None:
    rows = [
        Register(key="a", address=0, function=1, type=ValueType.BOOL),
        Register(key="b", address=0, function=3, type=ValueType.UINT16),
    ]
    assert [b.function for b in plan(profile(rows), rows)] == [1, 3]


def test_bus_time_of_one_read_is_the_hand_computed_sum() -> None:
    # 9600 8N1: 10 bits a character = 1.0417 ms; 8 + 5 + 36 characters, 50 ms turnaround, two silences of 3.5.
    line = Serial(baud=9600)
    assert character_s(line) == pytest.approx(10 / 9600)
    assert read_s(Block(function=4, start=0, count=18), line, 0.05) == pytest.approx(
        49 * 10 / 9600 + 0.05 + 7 * 10 / 9600
    )
    assert character_s(Serial(baud=9600, parity="E")) == pytest.approx(11 / 9600)
    assert silence_s(Serial(baud=115_200)) == 0.00175


def test_overload_names_each_unit_and_the_factor() -> None:
    loads = [Load(unit="a", poll_s=0.3, period_s=1.0), Load(unit="b", poll_s=0.7, period_s=1.0)]
    said = overload("line", loads, 0.8)
    assert said is not None
    assert "100%" in said
    assert "a 300 ms / 1 s" in said
    assert "1.25" in said
    assert overload("line", loads, 1.0) is None


def test_poll_time_counts_the_start_write() -> None:
    assert poll_s(PROFILES["aqualabo-digisens"], Serial()) > sum(
        read_s(b, Serial(), 0.05) for b in plan(PROFILES["aqualabo-digisens"])
    )
