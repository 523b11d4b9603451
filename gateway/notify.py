"""Words to systemd (sd_notify(3)): READY, WATCHDOG, STATUS; nothing happens outside of systemd."""

import contextlib
import os
import socket


def notify(message: str, address: str | None = None) -> bool:
    """Send one message such as ``READY=1``; returns whether somebody was there to hear it."""
    target = address or os.environ.get("NOTIFY_SOCKET", "")
    if not target:
        return False
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.connect("\0" + target[1:] if target.startswith("@") else target)
        sock.sendall(message.encode())
        return True
    return False


def watchdog_s() -> float | None:
    """Return half of systemd's watchdog time, None when there is none. [s]"""
    raw = os.environ.get("WATCHDOG_USEC", "")
    return int(raw) / 2_000_000 if raw.isdigit() and int(raw) > 0 else None
