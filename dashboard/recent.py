"""Answers kept for a moment: many sessions of equal rights that refresh together cost one question to the database."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Answer = TypeVar("Answer")

KEEP_S = 2.0
"""Less than half a refresh: nobody sees anything older than their own last look."""
MOST = 512


@dataclass
class _Slot:
    """One question: who makes its answer holds the lock, the others wait for that answer."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    until: float = 0.0
    answer: Any = None


class Recent:
    """Answers by question, each made once in `keep_s`; an error is never kept."""

    def __init__(self, *, keep_s: float = KEEP_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep_s, self._clock = keep_s, clock
        self._lock = threading.Lock()
        self._slots: dict[Hashable, _Slot] = {}

    def get(self, question: Hashable, make: Callable[[], Answer]) -> Answer:
        """Return the kept answer, or make it; the question must name everything that the answer depends on."""
        with self._lock:
            if len(self._slots) >= MOST:
                self._slots.clear()
            slot = self._slots.setdefault(question, _Slot())
        with slot.lock:
            if slot.until <= self._clock():
                slot.answer = make()
                slot.until = self._clock() + self._keep_s
            found: Answer = slot.answer
            return found

    def forget(self) -> None:
        """Forget everything: somebody has just changed something and wants to see it."""
        with self._lock:
            self._slots.clear()


RECENT = Recent()
"""Of this process."""
