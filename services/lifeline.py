"""A child never outlives its parent: the kernel signals it when the parent dies, however it dies."""

import ctypes
import os
import signal
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent(death_signal: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """Return a ``preexec_fn`` that ties the child to this process.

    The kernel binds the signal to the *thread* that forks (prctl(2)), so start children from the main thread.
    The closure runs between fork and exec: it only calls prctl and getppid.
    """
    parent = os.getpid()

    def prepare() -> None:
        refused = _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0
        if refused or os.getppid() != parent:  # the parent may have died between fork and prctl
            os._exit(70)  # EX_SOFTWARE of sysexits.h

    return prepare
