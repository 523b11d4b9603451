"""No value under a wrong name: late, lost, short, doubled and foreign answers on real lines.

Every register of the far end holds a number of its own, so a value that is not its register's shows at once.
"""

import asyncio
import random

import pytest
from pymodbus.framer import FramerRTU

from core.profiles import Convention, Profile, Register, Serial, ValueType
from core.reading import ClockState
from gateway.clock import Clock
from gateway.config import BusSection, ClockSection, Transport, UnitSection
from gateway.link import Line, Link
from gateway.modbus import Outcome, Request
from gateway.poll import Instrument, poll
from tests.fixtures.instruments import Fate, Script, Unit, modbus_tcp, rtu_pty, rtu_tcp

TIMEOUT_S = 0.03


def own_value(unit: int, address: int) -> int:
    return (unit * 4001 + address * 7 + 11) & 0xFFFF


def far_end(*addresses: int) -> dict[int, Unit]:
    return {
        a: Unit(address=a, registers={(3, r): own_value(a, r) for r in range(200)})
        for a in addresses
    }  # fmt: skip


def profile(starts: tuple[int, ...], width: int) -> Profile:
    """Blocks of one length at several addresses: the worst case for telling answers apart."""
    registers = tuple(
        Register(key=f"r{start + i}", address=start + i, function=3, type=ValueType.UINT16)
        for start in starts
        for i in range(width)
    )
    return Profile(
        id="x", title="x", source="x", convention=Convention.ZERO, registers=registers, max_hole=0, timeout_s=TIMEOUT_S
    )


def instrument(unit: int, starts: tuple[int, ...] = (0, 20, 40, 60), width: int = 4) -> Instrument:
    section = UnitSection(name=f"u{unit}", bus="b", unit=unit, profile="x", cage="c", point="p")
    return Instrument.build(section, profile(starts, width), TIMEOUT_S, everything=True)


def trouble(seed: int, *, counts: bool) -> Script:
    """Answers from at once to nearly three timeouts late, some lost, some cut, some with another count."""
    rng = random.Random(seed)

    def fate(_: int) -> Fate:
        roll = rng.random()
        if roll < 0.5:
            return Fate()
        if roll < 0.8:
            return Fate(delay_s=rng.uniform(0.5, 2.6) * TIMEOUT_S)
        if roll < 0.88:
            return Fate(drop=True)
        if roll < 0.94 and counts:
            return Fate(mangle=lambda frame: frame[: rng.randrange(1, len(frame))])
        return Fate(delay_s=TIMEOUT_S * rng.uniform(0.9, 1.1))

    return fate


async def check(line: Line, units: list[Instrument], rounds: int) -> tuple[int, int]:
    clock, loop, right, missing = Clock(ClockSection()), asyncio.get_running_loop(), 0, 0
    for _ in range(rounds):
        for one in units:
            polled = await poll(one, line, clock.instant, loop.time)
            assert polled.clock is ClockState.SYNCED
            for key, decoded in polled.decoded.items():
                assert decoded.raw == own_value(one.unit.unit, int(key[1:])), f"{key} of {one.unit.name}"
                right += 1
            missing += len(polled.failed)
    return right, missing


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("kind", ["pty", "rtu_over_tcp", "tcp"])
async def test_any_delay_and_loss_never_puts_a_value_under_another_name(kind: str, seed: int) -> None:
    print(f"seed {seed}")
    script = trouble(seed, counts=kind != "tcp")
    units = [instrument(5), instrument(6)]
    if kind == "pty":
        async with rtu_pty(far_end(5, 6), script) as (path, _):
            right, missing = await _over(BusSection(name="b", transport=Transport.RTU, path=path), units)
    elif kind == "rtu_over_tcp":
        async with rtu_tcp(far_end(5, 6), script) as (port, _line):
            right, missing = await _over(BusSection(name="b", transport=Transport.RTU_OVER_TCP, port=port), units)
    else:
        async with modbus_tcp(far_end(5, 6), script) as (port, _seen):
            right, missing = await _over(BusSection(name="b", transport=Transport.TCP, port=port), units)
    assert right > 0, "good answers still get through"
    assert missing > 0, "the script did do harm"


async def _over(bus: BusSection, units: list[Instrument]) -> tuple[int, int]:
    link = Link(bus, Serial(baud=115_200), seed=1)
    try:
        return await check(Line(link, bus.transport), units, rounds=7)
    finally:
        link.close()


async def test_answer_later_than_every_quiet_period_is_told_by_its_length() -> None:
    """The far end answers one request ten timeouts late: the fence of another length separates old from new."""
    async with rtu_pty(far_end(5), lambda n: Fate(delay_s=10 * TIMEOUT_S if n == 0 else 0.0)) as (path, _):
        link = Link(BusSection(name="b", transport=Transport.RTU, path=path), Serial(baud=115_200))
        line, one = Line(link, Transport.RTU), instrument(5)
        right, _missing = await check(line, [one], rounds=25)
        link.close()
    assert right >= 16 * 10


async def test_another_units_answer_is_not_taken() -> None:
    def foreign(frame: bytes) -> bytes:
        body = bytes((9,)) + frame[1:-2]
        return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")

    async with rtu_pty(far_end(5), lambda n: Fate(mangle=foreign)) as (path, _):
        link = Link(BusSection(name="b", transport=Transport.RTU, path=path), Serial(baud=115_200))
        reply = await Line(link, Transport.RTU).read(Request(unit=5, function=3, address=0, count=4), TIMEOUT_S)
        link.close()
    assert reply.outcome is Outcome.BROKEN
    assert "unit 9" in reply.reason


async def test_failed_block_leaves_its_neighbours_in_their_places() -> None:
    units = far_end(5)
    units[5].refuses = lambda f, start, count: 4 if start <= 20 < start + count else 0
    async with rtu_pty(units) as (path, _):
        link = Link(BusSection(name="b", transport=Transport.RTU, path=path), Serial(baud=115_200))
        right, missing = await check(Line(link, Transport.RTU), [instrument(5)], rounds=1)
        link.close()
    assert (right, missing) == (12, 4)


async def test_hole_that_an_instrument_refuses_is_learned_once() -> None:
    units = far_end(5)
    units[5].refuses = lambda f, start, count: 2 if start <= 10 < start + count else 0
    section = UnitSection(name="u5", bus="b", unit=5, profile="x", cage="c", point="p")
    rows = tuple(Register(key=f"r{a}", address=a, function=3, type=ValueType.UINT16) for a in (8, 9, 11, 12))
    wide = Profile(id="x", title="x", source="x", convention=Convention.ZERO, registers=rows, max_hole=4)
    one = Instrument.build(section, wide, TIMEOUT_S, everything=True)
    async with rtu_pty(units) as (path, _):
        link = Link(BusSection(name="b", transport=Transport.RTU, path=path), Serial(baud=115_200))
        right, missing = await check(Line(link, Transport.RTU), [one], rounds=2)
        link.close()
    assert (right, missing) == (8, 0)
    assert units[5].asked == [(3, 8, 5), (3, 8, 2), (3, 11, 2), (3, 8, 2), (3, 11, 2)]


async def test_half_open_tcp_is_left_after_two_silent_polls() -> None:
    async with modbus_tcp(far_end(5), lambda n: Fate(drop=n < 2)) as (port, seen):
        link = Link(BusSection(name="b", transport=Transport.TCP, port=port), Serial())
        line = Line(link, Transport.TCP)
        request = Request(unit=5, function=3, address=0, count=1)
        outcomes = [(await line.read(request, TIMEOUT_S)).outcome for _ in range(3)]
        link.close()
    assert outcomes == [Outcome.TIMEOUT, Outcome.TIMEOUT, Outcome.OK]
    assert seen["connections"] == 2


async def test_unplugged_serial_line_says_so_and_comes_back() -> None:
    request = Request(unit=5, function=3, address=0, count=1)
    async with rtu_pty(far_end(5)) as (path, _):
        link = Link(BusSection(name="b", transport=Transport.RTU, path=path), Serial())
        assert (await link.exchange(request, TIMEOUT_S)).outcome is Outcome.OK
    reply = await link.exchange(request, TIMEOUT_S)
    assert reply.outcome is not Outcome.OK
    gone = await link.exchange(request, TIMEOUT_S)
    assert gone.outcome is Outcome.DOWN
    assert path in gone.reason
    link.close()


async def test_no_request_is_ever_sent_twice_for_one_read() -> None:
    units = far_end(5)
    async with rtu_pty(units, lambda n: Fate(drop=True)) as (path, _):
        link = Link(BusSection(name="b", transport=Transport.RTU, path=path), Serial(baud=115_200))
        await Line(link, Transport.RTU).read(Request(unit=5, function=6, address=3, value=1), TIMEOUT_S)
        link.close()
    assert units[5].writes == [(6, 3, 1)]
