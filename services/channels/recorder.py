"""The recorder: writes each message to a file as one line of JSON and reaches nobody; for demos and drills.

A line holds `at` (UTC), `message_id`, `to` (masked), `contact`, `text`, `segments`, `rule`, `notice`, `language`,
`drill`, `possible_repeat`. A message that stands in the file already is not written again.
"""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from alerts.delivery import ErrorKind
from alerts.limits import Limits
from services.channels.base import Accepted, ChannelError, Inbox, Outgoing, mask


class Recorder:
    """A channel into a file; serves every kind of address, so that a demo needs no other."""

    name = "recorder"
    kinds = frozenset({"sms", "chat", "recorder"})
    repeat_safe = True
    limits = Limits()

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _message_ids(path)

    async def send(self, message: Outgoing) -> Accepted:
        """Append the message; once it returns, the line is on the disk."""
        if message.message_id not in self._seen:
            await asyncio.to_thread(self._append, message)
            self._seen.add(message.message_id)
        return Accepted(provider_ids=(message.message_id,))

    async def inbox(self) -> Inbox:
        """Return nothing: nobody answers a file."""
        return Inbox()

    async def close(self) -> None:
        """Nothing is open between messages."""

    def _append(self, message: Outgoing) -> None:
        line = json.dumps(_line(message), ensure_ascii=False) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line.encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as exc:
            raise ChannelError(
                ErrorKind.RETRY, f"{self._path}: cannot be written ({exc}); free space or correct the path."
            ) from exc


def _line(message: Outgoing) -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "message_id": message.message_id,
        "to": mask(message.address),
        "contact": message.contact_name,
        "text": message.text,
        "segments": message.segments,
        "rule": message.rule,
        "notice": message.notice,
        "language": message.language,
        "drill": message.drill,
        "possible_repeat": message.possible_repeat,
    }


def _message_ids(path: Path) -> set[str]:
    """Return the ids of the messages in the file; a line cut by a crash is passed over."""
    ids = set()
    if path.exists():
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                ids.add(str(json.loads(line)["message_id"]))
            except (ValueError, KeyError, TypeError):
                continue
    return ids
