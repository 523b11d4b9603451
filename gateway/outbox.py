"""What to send next: live first, then backlog, by priority, within a window; pure, no clock and no wire.

Nothing leaves the spool through here: `acknowledged` names rows to delete, and only rows that were sent in this run
and that the shore says are committed.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.topics import Stream

ORDER = (Stream.DISTRESS, Stream.ALARM, Stream.READING, Stream.NMEA, Stream.HEALTH)
URGENT = frozenset({Stream.DISTRESS, Stream.ALARM})
LIVE_AGE_S = 3.0
"""Rows accepted longer ago than this and not yet sent are backlog: newer ones overtake them. [s]"""
MOST_DOUBLINGS = 3
"""The wait for an acknowledgement grows to eight times its first length."""
REMEMBERED = 512
"""Batches whose time ran out are remembered, so that a late acknowledgement still counts."""


@dataclass(frozen=True, kw_only=True)
class Want:
    """Rows to read next from the spool: low <= seq <= high, at most `limit`."""

    stream: Stream
    low: int
    high: int
    live: bool


@dataclass(kw_only=True)
class Sent:
    """A batch on its way; `deadline_s` is when it is sent again."""

    stream: Stream
    seqs: tuple[int, ...]
    deadline_s: float
    live: bool
    left: set[int] = field(default_factory=set)


@dataclass
class _Lane:
    live_after: int = 0
    backlog: deque[list[int]] = field(default_factory=deque)


class Outbox:
    """Cursors into the spool's streams, and what is on its way."""

    def __init__(self, *, window: int, live_window: int, ack_timeout_s: float) -> None:
        self._window, self._live_window, self._ack_timeout_s = window, live_window, ack_timeout_s
        self._lanes = {stream: _Lane() for stream in Stream}
        self._marks: deque[tuple[float, int]] = deque()
        self._in_flight: list[Sent] = []
        self._expired: deque[Sent] = deque(maxlen=REMEMBERED)
        self._newest = 0
        self._unanswered = 0

    def start(self, bounds: Iterable[tuple[Stream, int, int]], newest: int) -> None:
        """Take all that the spool holds as backlog; what comes after `newest` is live."""
        self._newest = newest
        self._in_flight.clear()
        self._expired.clear()
        for lane in self._lanes.values():
            lane.backlog.clear()
            lane.live_after = newest
        for stream, low, high in bounds:
            self._lanes[stream].backlog.append([low, high])

    def reconnected(self) -> None:
        """Count everything on its way as unsent: a broker without memory may have lost it."""
        for sent in self._in_flight:
            self._expire(sent)
        self._in_flight.clear()
        for lane in self._lanes.values():
            self._to_backlog(lane, lane.live_after + 1, self._newest)
            lane.live_after = max(lane.live_after, self._newest)

    def release(self, bounds: Iterable[tuple[Stream, int, int]]) -> None:
        """Offer rows again that were held back and passed over: their clock is known now, or they waited enough."""
        for stream, low, high in bounds:
            lane = self._lanes[stream]
            lane.live_after = max(lane.live_after, high)
            lane.backlog.clear()
            lane.backlog.append([low, high])

    def accepted(self, newest: int, now_s: float) -> None:
        """Note that the spool now holds rows up to `newest`."""
        if newest > self._newest:
            self._newest = newest
            self._marks.append((now_s, newest))

    def tick(self, now_s: float) -> None:
        """Let time pass: rows that waited too long become backlog, batches without an answer are sent again."""
        aged = None
        while self._marks and self._marks[0][0] < now_s - LIVE_AGE_S:
            aged = self._marks.popleft()[1]
        if aged is not None:
            for stream, lane in self._lanes.items():
                if stream not in URGENT and lane.live_after < aged:
                    self._to_backlog(lane, lane.live_after + 1, aged)
                    lane.live_after = aged
        late = [sent for sent in self._in_flight if sent.deadline_s <= now_s]
        self._unanswered += bool(late)
        for sent in late:
            self._expire(sent)
        self._in_flight = [sent for sent in self._in_flight if sent.deadline_s > now_s]

    def _expire(self, sent: Sent) -> None:
        self._expired.append(sent)
        if sent.left:
            self._to_backlog(self._lanes[sent.stream], min(sent.left), max(sent.left), first=True)

    @staticmethod
    def _to_backlog(lane: _Lane, low: int, high: int, *, first: bool = False) -> None:
        if low > high:
            return
        if first:
            lane.backlog.appendleft([low, high])
        else:
            lane.backlog.append([low, high])

    def wants(self, now_s: float) -> list[Want]:
        """Return what may be sent now, best first: try them in turn until one has rows."""
        self.tick(now_s)
        room = self._window - len(self._in_flight)
        wants = [self._live(stream) for stream in ORDER if room > 0 or stream in URGENT]
        backlog_room = self._window - self._live_window - sum(1 for sent in self._in_flight if not sent.live)
        for stream in ORDER:
            lane = self._lanes[stream]
            if lane.backlog and room > 0 and (backlog_room > 0 or stream in URGENT):
                low, high = lane.backlog[0]
                wants.append(Want(stream=stream, low=low, high=high, live=False))
        return [want for want in wants if want is not None]

    def _live(self, stream: Stream) -> Want | None:
        lane = self._lanes[stream]
        if lane.live_after >= self._newest:
            return None
        return Want(stream=stream, low=lane.live_after + 1, high=self._newest, live=True)

    def took(self, want: Want, seqs: Sequence[int], now_s: float, *, more: bool) -> Sent | None:
        """Note what was read for `want`; returns the batch to send, None when there were no rows.

        `more` says that the spool may hold further rows of the range (the limit was reached, or the boot changed).
        """
        lane = self._lanes[want.stream]
        reached = seqs[-1] if seqs and more else want.high
        if want.live:
            lane.live_after = max(lane.live_after, reached)
        elif lane.backlog and lane.backlog[0] == [want.low, want.high]:
            if reached >= want.high:
                lane.backlog.popleft()
            else:
                lane.backlog[0][0] = reached + 1
        if not seqs:
            return None
        sent = Sent(
            stream=want.stream, seqs=tuple(seqs), deadline_s=now_s + self._patience_s(), live=want.live, left=set(seqs)
        )
        self._in_flight.append(sent)
        return sent

    def _patience_s(self) -> float:
        """Return how long to wait for an answer: ever longer while the shore says nothing, so as not to flood it."""
        return self._ack_timeout_s * float(1 << min(self._unanswered, MOST_DOUBLINGS))

    def failed(self, sent: Sent) -> None:
        """Take a batch back that could not be handed to the broker."""
        if sent in self._in_flight:
            self._in_flight.remove(sent)
            self._expire(sent)

    def acknowledged(self, ranges: Sequence[tuple[int, int]]) -> list[tuple[Stream, int, int]]:
        """Return the rows to delete, as (stream, first, last): sent by us, and committed by the shore's word."""
        gone: list[tuple[Stream, int, int]] = []
        self._unanswered = 0
        ordered = sorted(ranges)
        for sent in (*self._in_flight, *self._expired):
            hit = [seq for seq in sent.left if _covers(ordered, seq)]
            if hit:
                sent.left.difference_update(hit)
                gone.extend((sent.stream, low, high) for low, high in _runs(sent.seqs, set(hit)))
        self._in_flight = [sent for sent in self._in_flight if sent.left]
        self._expired = deque((sent for sent in self._expired if sent.left), maxlen=REMEMBERED)
        return gone

    @property
    def in_flight(self) -> int:
        """Return how many batches wait for the shore's word."""
        return len(self._in_flight)

    def has_backlog(self) -> bool:
        """Return whether anything older than live waits to be sent."""
        return any(lane.backlog for lane in self._lanes.values())


def _covers(ordered: Sequence[tuple[int, int]], seq: int) -> bool:
    index = bisect_right(ordered, (seq, 2**63)) - 1
    return index >= 0 and ordered[index][0] <= seq <= ordered[index][1]


def _runs(seqs: Sequence[int], hit: set[int]) -> Iterable[tuple[int, int]]:
    """Return stretches of `seqs` (rows of one stream, neighbours in it) that are all in `hit`."""
    start = last = None
    for seq in seqs:
        if seq in hit:
            start, last = (seq if start is None else start), seq
        elif start is not None and last is not None:
            yield start, last
            start = None
    if start is not None and last is not None:
        yield start, last
