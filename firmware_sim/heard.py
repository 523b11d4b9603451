"""Which reports are due in a window of time and which receivers hear them; pure, the same for any window asked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from firmware_sim import chart, messages, nmea
from firmware_sim.cast import Actor, Transponder
from firmware_sim.messages import Maker, Moment
from firmware_sim.noise import Floats, key, uniform
from firmware_sim.tracks import AT_ANCHOR, MOORED, Fix

PERIOD_S = {"a": 10.0, "b": 30.0, "b19": 30.0, "aton": 180.0, "base": 10.0, "sar": 10.0, "sart": 60.0}
"""Report interval under way: class A at up to 14 kn, class B, and stations (ITU-R M.1371-5, annex 1, 4.2.1). [s]"""
STILL_EVERY = {"a": 18, "b": 6, "b19": 6}
"""At rest only every n-th report is sent: three minutes for both classes."""
STILL_KN = {"a": 0.5, "b": 2.0, "b19": 2.0}
STATIC_S = 360.0
SART_BURST, SART_STEP_S, SART_PERIOD_S = 8, 2.0, 60.0
"""A burst of eight messages a minute (ITU-R M.1371-5, annex 9)."""
TEXT_SLOTS = (4, 5)
"""Messages of a burst that come with the text, in two bursts of four."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """One line that a receiver put out; `target_id` is the truth (empty for clutter and the radar's own lines)."""

    at_s: float
    receiver: str
    text: str
    target_id: str = ""

    @property
    def at(self) -> datetime:
        """Return the receive time, to the millisecond."""
        return instant(self.at_s)

    def tagged(self) -> str:
        """Return the line with a tag block of time and receiver."""
        return nmea.tagged(self.text, self.at, self.receiver)


def instant(at_s: float) -> datetime:
    """Return a unix time as an aware instant, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=round(at_s * 1000))


@dataclass(frozen=True, kw_only=True)
class Ether:
    """What lies between aerials and receivers: seed, outages by receiver, bad lines per thousand."""

    seed: int
    outages: dict[str, list[tuple[float, float]]]
    corrupt_per_mille: float

    def up(self, receiver: str, t: Floats) -> np.ndarray:
        """Return where a receiver works at unix times."""
        working = np.ones(t.shape, dtype=bool)
        for start, end in self.outages.get(receiver, ()):
            working &= ~((t >= start) & (t < end))
        return working


@dataclass(frozen=True, kw_only=True)
class _Due:
    """Reports of one kind that are due: times, counters, and who makes them."""

    times: Floats
    counters: np.ndarray
    make: Maker


def aerial_lines(
    ether: Ether,
    actor: Actor,
    number: int,
    span: tuple[float, float],
    receivers: Sequence[chart.Receiver],
) -> list[Heard]:
    """Return what the receivers hear of one aerial of an actor in [start, end), unordered."""
    aerial = actor.transponders[number]
    if actor.gone_s <= span[0] or actor.born_s >= span[1]:
        return []
    stream = key(ether.seed, f"{actor.id} {number}")
    lines: list[Heard] = []
    for due in _schedules(actor, aerial, stream, span):
        on = on_air(actor, aerial, due.times)
        if on.any():
            lines += _heard(
                ether,
                actor,
                aerial,
                stream,
                _Due(times=due.times[on], counters=due.counters[on], make=due.make),
                receivers,
            )
    return lines


def _schedules(actor: Actor, aerial: Transponder, stream: int, span: tuple[float, float]) -> list[_Due]:
    if aerial.station == "sart":
        return _bursts(actor, span)
    phase = uniform(stream, [1, 2])
    period = aerial.period_s or PERIOD_S[aerial.station]
    times, counters = slots(span, period, float(phase[0]) * period, stream, jitter=0.15)
    schedules = [_Due(times=times, counters=counters, make=messages.position)]
    if aerial.station in ("a", "b"):
        # Those who report every ten seconds to be seen soon also say who they are twice a minute.
        static_s = 30.0 if aerial.period_s == 10.0 else STATIC_S
        times, counters = slots(span, static_s, float(phase[1]) * static_s, stream ^ 7, jitter=0.02)
        make = messages.static_a if aerial.station == "a" else messages.static_b
        schedules.append(_Due(times=times, counters=counters, make=make))
    return schedules


def _bursts(actor: Actor, span: tuple[float, float]) -> list[_Due]:
    """Return the bursts of a search and rescue transmitter from the moment it is switched on."""
    first = math.floor((span[0] - actor.born_s) / SART_PERIOD_S) - 1
    last = math.ceil((span[1] - actor.born_s) / SART_PERIOD_S) + 1
    burst, slot = np.divmod(np.arange(first * SART_BURST, last * SART_BURST), SART_BURST)
    t = actor.born_s + burst * SART_PERIOD_S + slot * SART_STEP_S
    inside = (t >= span[0]) & (t < span[1])
    text = np.isin(slot, TEXT_SLOTS) & (burst % 4 <= 1)
    said = text & (t + 0.7 >= span[0]) & (t + 0.7 < span[1])
    n = burst * SART_BURST + slot
    return [
        _Due(times=t[inside], counters=n[inside], make=messages.position),
        _Due(times=t[said] + 0.7, counters=n[said], make=messages.safety_text),
    ]


def slots(
    span: tuple[float, float], period_s: float, phase_s: float, stream: int, *, jitter: float
) -> tuple[Floats, np.ndarray]:
    """Return (times, counters) of the slots in [start, end); a slot's time depends on its number only."""
    first = math.floor((span[0] - phase_s) / period_s) - 1
    last = math.ceil((span[1] - phase_s) / period_s) + 1
    n = np.arange(first, last)
    t = n * period_s + phase_s + min(jitter * period_s, 4.0) * uniform(stream ^ 3, n)
    inside = (t >= span[0]) & (t < span[1])
    return t[inside], n[inside]


def on_air(actor: Actor, aerial: Transponder, t: Floats) -> np.ndarray:
    """Return where an aerial transmits at unix times: after its birth, before its end, not switched off."""
    on = (t >= actor.born_s) & (t < actor.gone_s)
    for start, end in aerial.silent:
        on &= ~((t >= start) & (t < end))
    return on


def _reported(aerial: Transponder, fix: Fix, counters: np.ndarray) -> np.ndarray:
    if aerial.period_s or aerial.station not in STILL_EVERY:
        return np.ones(counters.shape, dtype=bool)
    still = (fix.sog_kn < STILL_KN[aerial.station]) | np.isin(fix.status, (MOORED, AT_ANCHOR))
    return np.asarray(~still | (counters % STILL_EVERY[aerial.station] == 0))


def miles(site: chart.Receiver, fix: Fix) -> Floats:
    """Return distances from a receiver. [nmi]"""
    east = (fix.lon_deg - site.lon_deg) * 60.0 * math.cos(math.radians(site.lat_deg))
    return np.asarray(np.hypot(east, (fix.lat_deg - site.lat_deg) * 60.0))


def _reach_nm(actor: Actor, aerial: Transponder, receiver: chart.Receiver) -> float:
    if actor.label.target_class == "gear_buoy" or aerial.station == "sart":
        return receiver.class_b_nm * 0.6
    return receiver.class_a_nm if aerial.station in ("a", "sar", "base", "aton") else receiver.class_b_nm


def _heard(
    ether: Ether, actor: Actor, aerial: Transponder, stream: int, due: _Due, receivers: Sequence[chart.Receiver]
) -> list[Heard]:
    fix = actor.track.at(due.times)
    keep = _reported(aerial, fix, due.counters) if due.make is messages.position else np.ones(due.times.shape, bool)
    masks = []
    for receiver in receivers:
        # Certain to about 0.8 of the reach, then less and less to nothing at 1.15 of it.
        chance = np.clip((1.15 - miles(receiver, fix) / _reach_nm(actor, aerial, receiver)) * 3.2, 0.0, 0.985)
        lucky = uniform(stream ^ key(ether.seed, receiver.name), due.counters) < chance
        masks.append(lucky & keep & ether.up(receiver.name, due.times))
    lines: list[Heard] = []
    for i in np.flatnonzero(np.any(masks, axis=0)) if masks else ():
        moment = Moment(
            aerial=aerial, stream=stream, at_s=float(due.times[i]), counter=int(due.counters[i]), fix=fix, i=int(i)
        )
        parts = due.make(moment)
        for receiver, mask in zip(receivers, masks, strict=True):
            if mask[i]:
                lines += _put(ether, receiver.name, actor.id, moment, parts)
    return lines


def _put(ether: Ether, receiver: str, target_id: str, moment: Moment, parts: list[str]) -> list[Heard]:
    if ether.corrupt_per_mille:
        draw = uniform(moment.stream ^ key(ether.seed, receiver + " cable"), moment.counter)[0]
        if draw < ether.corrupt_per_mille / 1000.0:
            parts = [*parts[:-1], _corrupt(parts[-1], moment.counter)] if parts else parts
    return [
        Heard(at_s=moment.at_s + 0.02 * n, receiver=receiver, text=text, target_id=target_id)
        for n, text in enumerate(parts)
    ]


def _corrupt(text: str, draw: int) -> str:
    """Return the line as a bad cable gives it: cut short, or one character changed."""
    if draw % 3 == 0:
        return text[: len(text) // 2]
    place = 15 + draw % max(len(text) - 20, 1)
    return text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]
