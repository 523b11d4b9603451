"""The clock: first sync, steps, slow drift, one timeline per boot."""

from core.reading import ClockState
from gateway.clock import SETTLE_S, Clock, ClockEvent, Timeline, advance
from gateway.config import ClockSection, ClockSource

BOOT_S = 1_764_000_000.0
WRONG_S = 1_700_000_000.0


def test_first_sync_says_how_far_every_held_reading_moves() -> None:
    line = Timeline(base_s=WRONG_S, state=ClockState.UNSYNCED)
    same, nothing = advance(line, base_s=WRONG_S + 5, synced=False, since_boot_s=10, step_s=1)
    assert (same, nothing) == (line, None), "an unsynced clock that jumps is not followed"
    after, event = advance(line, base_s=BOOT_S, synced=True, since_boot_s=10, step_s=1)
    assert event == ClockEvent(shift_s=BOOT_S - WRONG_S, first_sync=True)
    assert (after.base_s, after.state) == (BOOT_S, ClockState.SYNCED)


def test_step_is_marked_and_settles_again() -> None:
    line = Timeline(base_s=BOOT_S, state=ClockState.SYNCED)
    stepped, event = advance(line, base_s=BOOT_S - 3600, synced=True, since_boot_s=100, step_s=1)
    assert event == ClockEvent(shift_s=-3600, first_sync=False)
    assert stepped.state is ClockState.STEPPED
    still, _ = advance(stepped, base_s=BOOT_S - 3600, synced=True, since_boot_s=100 + SETTLE_S / 2, step_s=1)
    assert still.state is ClockState.STEPPED
    calm, _ = advance(still, base_s=BOOT_S - 3600, synced=True, since_boot_s=100 + SETTLE_S, step_s=1)
    assert calm.state is ClockState.SYNCED


def test_slow_correction_is_followed_silently() -> None:
    line = Timeline(base_s=BOOT_S, state=ClockState.SYNCED)
    after, event = advance(line, base_s=BOOT_S + 0.4, synced=True, since_boot_s=1, step_s=1)
    assert (after.base_s, event) == (BOOT_S + 0.4, None)


def clock(source: ClockSource, wall_s: float, *, synced: bool = False) -> tuple[Clock, dict[str, float]]:
    now = {"wall": wall_s, "boot": 50.0}
    made = Clock(
        ClockSection(source=source), wall=lambda: now["wall"], since_boot=lambda: now["boot"],
        kernel_synced=lambda: synced,
    )  # fmt: skip
    return made, now


def test_pi_without_battery_boots_unsynced_even_when_the_system_is_trusted() -> None:
    made, now = clock(ClockSource.SYSTEM, 1_000_000.0)
    assert made.state is ClockState.UNSYNCED
    now["wall"], now["boot"] = 1_790_000_100.0, 60.0
    event = made.look()
    assert event is not None
    assert event.first_sync
    assert made.now_s() == 1_790_000_100.0
    assert made.first_shift_s == 1_790_000_100.0 - 60.0 - (1_000_000.0 - 50.0)


def test_kernel_source_waits_for_ntp() -> None:
    assert clock(ClockSource.KERNEL, 1_790_000_000.0)[0].state is ClockState.UNSYNCED
    assert clock(ClockSource.KERNEL, 1_790_000_000.0, synced=True)[0].state is ClockState.SYNCED


def test_gps_whose_week_number_rolled_over_sets_no_clock() -> None:
    made, _ = clock(ClockSource.GPS, 1_000_000.0)
    made.heard_gps(1_790_000_000.0 - 1024 * 7 * 86_400)
    assert made.look() is None
    assert made.state is ClockState.UNSYNCED


def test_gps_source_takes_the_time_of_a_sentence() -> None:
    made, now = clock(ClockSource.GPS, 1_000_000.0)
    now["boot"] = 55.0
    made.heard_gps(1_790_000_000.0)
    now["boot"] = 60.0
    assert made.look() is not None
    assert made.now_s() == 1_790_000_005.0
    assert made.state is ClockState.SYNCED
