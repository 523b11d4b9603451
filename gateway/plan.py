"""Which reads fetch an instrument's registers, and how much of the bus they take; pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.profiles import BIT_FUNCTIONS, MAX_READ_BITS, Profile, Register, Serial

RTU_REQUEST_BYTES = 8
RTU_REPLY_OVERHEAD_BYTES = 5
FIXED_SILENCE_S = 0.00175
"""Silence between frames above 19200 baud (Modbus over serial line V1.02, section 2.5.1.1)."""


@dataclass(frozen=True, kw_only=True, order=True)
class Block:
    """One read: `function`, first 0-based address and count, with the registers that it serves."""

    function: int
    start: int
    count: int
    registers: tuple[Register, ...] = ()


def wanted(profile: Profile, *, everything: bool = False) -> list[Register]:
    """Return the registers to read: what is published and what rates it, or all of them."""
    if everything:
        return list(profile.registers)
    keys = {profile.uptime} if profile.uptime else set()
    for register in profile.registers:
        if register.quantity is not None:
            keys |= {
                register.key,
                *register.requires,
                register.quality or register.key,
                register.sign_by or register.key,
            }
    return [register for register in profile.registers if register.key in keys]


def plan(profile: Profile, registers: Sequence[Register] | None = None) -> tuple[Block, ...]:
    """Return the fewest reads that fetch `registers` within the profile's limits.

    Registers are joined while the hole between them is at most ``max_hole`` and the block stays within
    ``max_registers`` (2000 for bits). With ``even_start`` every block starts at an even address and has an even count.
    """
    chosen = wanted(profile) if registers is None else registers
    blocks: list[Block] = []
    for function in sorted({r.function for r in chosen}):
        ordered = sorted((r for r in chosen if r.function == function), key=lambda r: (r.address, r.key))
        blocks.extend(_join(profile, function, ordered))
    return tuple(blocks)


def _join(profile: Profile, function: int, ordered: Sequence[Register]) -> Iterable[Block]:
    limit = MAX_READ_BITS if function in BIT_FUNCTIONS else profile.max_registers
    group: list[Register] = []
    for register in ordered:
        if group:
            end = max(r.address + r.width for r in group)
            span = _span(profile, [*group, register])
            if register.address - end > profile.max_hole or span[1] > limit:
                yield _block(profile, function, group)
                group = []
        group.append(register)
    if group:
        yield _block(profile, function, group)


def _span(profile: Profile, group: Sequence[Register]) -> tuple[int, int]:
    start, end = min(r.address for r in group), max(r.address + r.width for r in group)
    if profile.even_start:
        start -= start % 2
        end += (end - start) % 2
    return start, end - start


def _block(profile: Profile, function: int, group: Sequence[Register]) -> Block:
    start, count = _span(profile, group)
    return Block(function=function, start=start, count=count, registers=tuple(group))


def character_s(serial: Serial) -> float:
    """Return how long one character takes on the line: start, 8 data, parity and stop bits. [s]"""
    bits = 1 + 8 + (serial.parity != "N") + serial.stop_bits
    return bits / serial.baud


def silence_s(serial: Serial) -> float:
    """Return the silence that ends a frame: 3.5 characters, 1.75 ms above 19200 baud. [s]"""
    return FIXED_SILENCE_S if serial.baud > 19_200 else 3.5 * character_s(serial)


def read_s(block: Block, serial: Serial, turnaround_s: float) -> float:
    """Return the time that one read takes on a serial line, reply and silences included. [s]"""
    data = (block.count + 7) // 8 if block.function in BIT_FUNCTIONS else 2 * block.count
    characters = RTU_REQUEST_BYTES + RTU_REPLY_OVERHEAD_BYTES + data
    return characters * character_s(serial) + turnaround_s + 2 * silence_s(serial)


def poll_s(profile: Profile, serial: Serial) -> float:
    """Return the bus time of one whole poll of an instrument; waiting for a started measurement is not bus time. [s]"""
    start = read_s(Block(function=3, start=0, count=2), serial, profile.turnaround_s) if profile.start else 0.0
    return start + sum(read_s(block, serial, profile.turnaround_s) for block in plan(profile))


@dataclass(frozen=True, kw_only=True)
class Load:
    """One unit's share of its bus: `poll_s` of every `period_s`."""

    unit: str
    poll_s: float
    period_s: float

    @property
    def share(self) -> float:
        """Return the fraction of bus time."""
        return self.poll_s / self.period_s


def overload(bus: str, loads: Sequence[Load], max_load: float) -> str | None:
    """Return why a poll plan cannot work, with the numbers, or None when it fits."""
    total = sum(load.share for load in loads)
    if total <= max_load:
        return None
    parts = ", ".join(f"{row.unit} {row.poll_s * 1000:.0f} ms / {row.period_s:g} s" for row in loads)
    return (
        f"bus {bus!r}: polling needs {total:.0%} of its time and may take {max_load:.0%} ({parts}); "
        f"raise period_s (all by {total / max_load:.2f}) or the baud rate, or put units on another line."
    )
