"""What is sent when, and what may be deleted: a model of a shore that loses, repeats and reorders at will."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from core.topics import Stream
from gateway.outbox import LIVE_AGE_S, Outbox


def test_live_goes_before_backlog_and_distress_before_all() -> None:
    box = Outbox(window=8, live_window=2, ack_timeout_s=10)
    box.start([(Stream.READING, 1, 1000), (Stream.DISTRESS, 1001, 1001)], 1001)
    box.accepted(1100, 0.0)
    order = [(want.stream, want.live) for want in box.wants(0.0)]
    assert (
        order.index((Stream.READING, True))
        < order.index((Stream.DISTRESS, False))
        < order.index((Stream.READING, False))
    )
    assert order[0] == (Stream.DISTRESS, True)


def test_backlog_leaves_room_in_the_window_for_live() -> None:
    box = Outbox(window=4, live_window=2, ack_timeout_s=10)
    box.start([(Stream.READING, 1, 1000)], 1000)
    taken = 0
    while True:
        wants = [want for want in box.wants(0.0) if not want.live]
        if not wants:
            break
        box.took(wants[0], list(range(wants[0].low, wants[0].low + 10)), 0.0, more=True)
        taken += 1
    assert taken == 2
    box.accepted(1100, 0.0)
    assert any(want.live for want in box.wants(0.0))


def test_rows_not_sent_in_time_become_backlog() -> None:
    box = Outbox(window=4, live_window=2, ack_timeout_s=10)
    box.start([], 0)
    box.accepted(10, 0.0)
    box.accepted(20, 100.0)
    wants = [want for want in box.wants(100.0) if want.stream is Stream.READING]
    assert [(want.low, want.high, want.live) for want in wants] == [(11, 20, True), (1, 10, False)]
    assert LIVE_AGE_S < 100


def test_late_acknowledgement_of_an_expired_batch_still_counts() -> None:
    box = Outbox(window=4, live_window=2, ack_timeout_s=1)
    box.start([(Stream.READING, 1, 5)], 5)
    want = next(w for w in box.wants(0.0) if w.stream is Stream.READING)
    box.took(want, [1, 2, 3, 4, 5], 0.0, more=False)
    box.tick(5.0)
    assert box.in_flight == 0
    assert box.acknowledged([(1, 5)]) == [(Stream.READING, 1, 5)]


def test_acknowledgement_of_part_of_a_batch_deletes_that_part_only() -> None:
    box = Outbox(window=4, live_window=2, ack_timeout_s=1)
    box.start([(Stream.NMEA, 1, 9)], 9)
    want = next(w for w in box.wants(0.0) if w.stream is Stream.NMEA)
    box.took(want, [1, 3, 5, 7, 9], 0.0, more=False)
    assert box.acknowledged([(2, 5), (9, 9)]) == [(Stream.NMEA, 3, 5), (Stream.NMEA, 9, 9)]
    assert box.in_flight == 1


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_every_row_reaches_a_shore_that_loses_repeats_and_reorders(seed: int) -> None:
    rng = random.Random(seed)
    box = Outbox(window=rng.randint(3, 8), live_window=rng.randint(1, 2), ack_timeout_s=5.0)
    spool: dict[Stream, set[int]] = {s: set() for s in Stream}
    committed: set[int] = set()
    everything: set[int] = set()
    for seq in range(1, 40):
        stream = rng.choice(list(Stream))
        spool[stream].add(seq)
        everything.add(seq)
    box.start([(s, min(rows), max(rows)) for s, rows in spool.items() if rows], 39)
    now, newest, unanswered = 0.0, 39, list[list[int]]()
    for step in range(600):
        now += rng.uniform(0, 2)
        if step < 100 and rng.random() < 0.5:
            newest += 1
            spool[rng.choice(list(Stream))].add(newest)
            everything.add(newest)
            box.accepted(newest, now)
        if rng.random() < 0.03:
            box.reconnected()
            unanswered.clear()
        for want in box.wants(now):
            rows = sorted(q for q in spool[want.stream] if want.low <= q <= want.high)[: rng.randint(1, 5)]
            sent = box.took(want, rows, now, more=bool(rows))
            if sent is not None:
                if rng.random() < 0.7 or step > 300:
                    committed |= set(sent.seqs)
                    if rng.random() < 0.7 or step > 300:
                        unanswered.append(list(sent.seqs))
                break
        rng.shuffle(unanswered)
        while unanswered and rng.random() < 0.6:
            acked = unanswered.pop()
            for stream, low, high in box.acknowledged([(q, q) for q in acked]):
                gone = {q for q in spool[stream] if low <= q <= high}
                assert gone <= committed, "only what the shore has may go"
                spool[stream] -= gone
    assert committed == everything
