"""Faults: each does what it says, only to whom it was told, only while it lasts."""

import struct
from datetime import UTC, datetime

import numpy as np
import pytest

from firmware_sim import modbus
from firmware_sim.device import BOOT_S, Device
from firmware_sim.farm import DEFAULT_BUSES
from firmware_sim.faults import FAULT_KINDS, Fault, from_settings
from firmware_sim.scenario import FaultSettings
from firmware_sim.sea import Sea
from firmware_sim.seawater import oxygen_saturation_mg_l

SEA = Sea("calm", 1, datetime(2026, 8, 12, 4, 0, tzinfo=UTC))
AT = SEA.anchor_s
OXYGEN = b"\x04\x00\x02\x00\x02"
"""Read dissolved oxygen of the YSI probe."""


def _device(name: str, *faults: Fault) -> Device:
    for bus in DEFAULT_BUSES:
        devices = [Device(unit=unit, bus=bus.name, sea=SEA, faults=list(faults)) for unit in bus.units]
        for i, device in enumerate(devices):
            if device.unit.name == name:
                device.neighbour = devices[(i + 1) % len(devices)]
                return device
    raise LookupError(name)


def _ysi(kind: str, *, start_s: float = AT, for_s: float = 600.0, **more: float) -> Device:
    fault = Fault(device="dt01-c01.d2.ysi-odo-rtu", kind=kind, start_s=start_s, end_s=start_s + for_s, **more)
    return _device("dt01-c01.d2.ysi-odo-rtu", fault)


def _oxygen(device: Device, at_s: float) -> float:
    reply = device.handle(OXYGEN, at_s)
    assert reply.pdu is not None
    return struct.unpack(">f", reply.pdu[2:])[0]


SOUND = _device("dt01-c01.d2.ysi-odo-rtu")


@pytest.mark.parametrize("kind", sorted(FAULT_KINDS))
def test_fault_before_it_begins_and_after_it_ends_does_nothing(kind: str) -> None:
    device = _ysi(kind, for_s=60.0)
    for at_s in (AT - 1.0, AT + 60.0):
        reply = device.handle(OXYGEN, at_s)
        assert reply.pdu == SOUND.handle(OXYGEN, at_s).pdu
        assert (reply.delay_s, reply.garbled, reply.unit) == (0.0, False, 1)


def test_fault_of_one_unit_leaves_its_neighbours_alone() -> None:
    fault = Fault(device="dt01-c01.d2", kind="dropout", start_s=AT)
    other = _device("dt01-c01.d6.insitu-aquatroll-400", fault)
    assert other.state(AT)["do_mg_l"] > 4.0


def test_fault_of_a_bus_hits_every_unit_on_it() -> None:
    fault = Fault(device="dt01-c03", kind="half_open", start_s=AT)
    for name in ("dt01-c03.d2.ysi-odo-rtu", "dt01-c03.d6.supmea-sup-do7013"):
        assert _device(name, fault).handle(b"\x04\x00\x00\x00\x02", AT).pdu is None


def test_drift_after_ten_days_has_lost_its_rate_times_days() -> None:
    day = 86_400.0
    device = _ysi("drift", for_s=30 * day, amount=0.05)
    lost = SOUND.shown(AT + 10 * day)["do_mg_l"][0] - device.shown(AT + 10 * day)["do_mg_l"][0]
    assert lost == pytest.approx(0.5, abs=1e-6)
    ratio = device.shown(AT + 10 * day)["do_sat_pct"][0] / SOUND.shown(AT + 10 * day)["do_sat_pct"][0]
    assert ratio < 0.95


def test_stuck_value_hours_later_is_still_the_first() -> None:
    device = _ysi("stuck", for_s=86_400.0)
    assert _oxygen(device, AT + 7200.0) == _oxygen(device, AT) == _oxygen(SOUND, AT)
    assert _oxygen(SOUND, AT + 7200.0) != _oxygen(SOUND, AT)


def test_spikes_hit_about_one_sample_in_ten_and_spare_the_others() -> None:
    device = _ysi("spikes", for_s=1e6, amount=3.0)
    at = AT + np.arange(0, 20_000, 10.0)
    off = np.array([abs(_oxygen(device, t) - _oxygen(SOUND, t)) for t in at])
    assert 0.06 < (off > 1.0).mean() < 0.14
    assert (off[off <= 1.0] == 0.0).all()


def test_dropout_of_a_float_probe_is_nan_and_of_insitu_its_quality() -> None:
    assert np.isnan(_oxygen(_ysi("dropout"), AT))
    name = "dt01-c02.d6.insitu-aquatroll-400"
    device = _device(name, Fault(device=name, kind="dropout", start_s=AT))
    reply = device.handle(b"\x03\x00\x26\x00\x08", AT).pdu
    assert reply is not None
    assert reply[2:6] == b"\0\0\0\0"
    assert struct.unpack(">H", reply[10:12])[0] == 3


@pytest.mark.parametrize("code", [4, 6, 11])
def test_exception_carries_the_code_that_was_asked_for(code: int) -> None:
    assert _ysi("exception", amount=float(code)).handle(OXYGEN, AT).pdu == bytes((0x84, code))


def test_warm_up_creeps_to_the_truth() -> None:
    device = _ysi("warm_up", for_s=600.0)
    off = [abs(_oxygen(device, AT + s) - _oxygen(SOUND, AT + s)) for s in (1.0, 40.0, 300.0)]
    assert off[0] > 1.0 > off[1] > off[2]
    assert off[2] < 0.01


def test_short_on_insitu_reads_zero_with_quality_seven() -> None:
    name = "dt01-c01.d6.insitu-aquatroll-400"
    reply = _device(name, Fault(device=name, kind="short", start_s=AT)).handle(b"\x03\x00\x26\x00\x08", AT).pdu
    assert reply is not None
    assert struct.unpack(">fHHH", reply[2:12]) == (0.0, 20, 117, 7)


def _uptime_ms(device: Device, at_s: float) -> int | None:
    reply = device.handle(b"\x04\x00\x0a\x00\x02", at_s).pdu
    return None if reply is None else struct.unpack(">I", reply[2:])[0]


def test_restart_is_silent_then_counts_from_zero() -> None:
    device = _ysi("restart", for_s=300.0)
    before = _uptime_ms(device, AT - 1.0)
    assert before is not None
    assert before > 86_400_000
    assert _uptime_ms(device, AT + BOOT_S / 2) is None
    assert _uptime_ms(device, AT + BOOT_S + 5.0) == 5000
    # Once restarted it stays restarted, also after the fault is over.
    assert _uptime_ms(device, AT + 400.0) == int((400.0 - BOOT_S) * 1000)


def test_clock_reset_counts_from_zero_and_values_go_on() -> None:
    device = _ysi("clock_reset", for_s=1.0)
    assert _uptime_ms(device, AT + 30.0) == 30_000
    assert _oxygen(device, AT + 30.0) == _oxygen(SOUND, AT + 30.0)


def test_word_swap_exchanges_the_halves_of_each_float() -> None:
    swapped, sound = (d.handle(OXYGEN, AT).pdu for d in (_ysi("word_swap"), SOUND))
    assert swapped is not None
    assert sound is not None
    assert swapped[2:] == sound[4:6] + sound[2:4]


def test_slow_and_late_replies_come_right_but_after_their_delay() -> None:
    assert _ysi("slow").handle(OXYGEN, AT).delay_s == 0.5
    late = _ysi("late", delay_s=2.5).handle(OXYGEN, AT)
    assert (late.delay_s, late.pdu) == (2.5, SOUND.handle(OXYGEN, AT).pdu)


def test_bad_check_sum_is_marked_for_the_wire() -> None:
    assert _ysi("bad_crc").handle(OXYGEN, AT).garbled


def test_wrong_unit_answers_with_its_own_number() -> None:
    name = "dt01-c03.d2.ysi-odo-rtu"
    reply = _device(name, Fault(device=name, kind="wrong_unit", start_s=AT)).handle(b"\x03\x00\x00\x00\x02", AT)
    assert reply.unit == 6
    assert reply.pdu is not None
    assert reply.pdu[:2] == b"\x03\x04"


def test_miscount_leaves_the_last_register_out() -> None:
    reply = _ysi("miscount").handle(OXYGEN, AT).pdu
    assert reply is not None
    assert reply[1] == 2
    assert len(reply) == 4


def test_salinity_unset_reads_oxygen_of_fresh_water() -> None:
    shown = _ysi("salinity_unset").shown(AT)
    fresh = oxygen_saturation_mg_l(shown["water_temp_c"][0], 0.0)
    assert shown["do_mg_l"][0] == pytest.approx(shown["do_sat_pct"][0] / 100 * fresh)
    assert shown["do_mg_l"][0] > SOUND.shown(AT)["do_mg_l"][0] * 1.1


def test_fault_without_a_length_lasts_for_ever() -> None:
    fault = from_settings([FaultSettings(device="x", kind="stuck", at_s=5.0)], AT)[0]
    assert not fault.covers(AT + 4.0)
    assert fault.covers(AT + 1e9)


def test_two_faults_at_once_both_count() -> None:
    name = "dt01-c01.d2.ysi-odo-rtu"
    device = _device(
        name,
        Fault(device=name, kind="slow", start_s=AT),
        Fault(device=name, kind="bad_crc", start_s=AT),
    )
    reply = device.handle(OXYGEN, AT)
    assert (reply.delay_s, reply.garbled) == (0.5, True)
    assert modbus.parse(OXYGEN) == modbus.Request(function=4, address=2, count=2)


def test_broken_line_shows_slack_and_the_others_hold() -> None:
    fault = Fault(device="dt01-c01.m2", kind="line_broken", start_s=AT)
    assert _device("dt01-c01.m2.generic-int32", fault).state(AT)["tension_kn"] == 0.2
    assert _device("dt01-c01.m3.generic-int32", fault).state(AT)["tension_kn"] > 2.0
