"""An SMS centre on loopback, over smpp34's server: takes messages, sends receipts, lets phones answer.

It keeps every part it accepted, as phones would have got it, so that a test can count who was told and how often.
"""

import argparse
import asyncio
import contextlib
import json
import random
import signal
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import smpp34

RTHROTTLED, RINVDSTADR = 0x58, 0x0B


@dataclass(frozen=True, kw_only=True)
class PhoneMessage:
    """A text as a phone got it, its parts joined."""

    address: str
    text: str
    message_id: str
    at: datetime


@dataclass(kw_only=True)
class Smsc:
    """An SMS centre.

    Parameters
    ----------
    port
        Where it listens on 127.0.0.1.
    bad_numbers
        Refused as unknown.
    throttle
        Share of submits refused as too fast, drawn by `seed`.
    answer
        What a phone answers to a text, None for nothing.
    receipts
        Whether delivery receipts are sent.
    delay_s
        How long a submit takes to be answered. [s]
    log
        File that gets one line of JSON for each text a phone got.
    """

    port: int
    bad_numbers: frozenset[str] = frozenset()
    throttle: float = 0.0
    answer: Callable[[PhoneMessage], str | None] = lambda _message: None
    receipts: bool = True
    delay_s: float = 0.0
    log: Path | None = None
    seed: int = 1
    received: list[PhoneMessage] = field(default_factory=list)
    submits: int = 0
    _parts: dict[tuple[str, int], dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    _sessions: dict[str, Any] = field(default_factory=dict)
    _pushes: set[asyncio.Task[None]] = field(default_factory=set)
    _task: asyncio.Task[None] | None = None
    _server: Any = None

    async def start(self) -> None:
        """Listen."""
        self._random = random.Random(self.seed)
        self._server = smpp34.Server("127.0.0.1", self.port)
        await self._server.start()
        self._task = asyncio.create_task(self._serve())

    async def stop(self) -> None:
        """End every session and stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for session in self._sessions.values():
            with contextlib.suppress(smpp34.SmppError, TimeoutError):
                await asyncio.wait_for(session.unbind(), 1.0)
        for push in list(self._pushes):
            push.cancel()
        await self._server.stop()

    async def _serve(self) -> None:
        while True:
            event = await self._server.next()
            if isinstance(event, smpp34.Esme):
                self._sessions[event.session_id] = event
            elif isinstance(event, smpp34.SubmitSmEvent):
                self._take(event)
            else:
                self._sessions.pop(event.session_id, None)

    def _take(self, event: Any) -> None:
        if event.destination_addr in self.bad_numbers:
            event.reject(RINVDSTADR)
            return
        if self.throttle and self._random.random() < self.throttle:
            event.reject(RTHROTTLED)
            return
        self.submits += 1
        message_id = f"{self.submits:x}"
        whole = self._join(event, message_id)
        task = asyncio.create_task(self._answer(event, message_id, whole))
        self._pushes.add(task)
        task.add_done_callback(self._pushes.discard)

    def _join(self, event: Any, message_id: str) -> PhoneMessage | None:
        octets, coding = event.short_message, "utf-16-be" if event.data_coding == 8 else "ascii"
        if event.esm_class & 0x40:
            reference, total, number = octets[3], octets[4], octets[5]
            parts = self._parts[event.destination_addr, reference]
            parts[number] = octets[1 + octets[0] :].decode(coding)
            if len(parts) < total:
                return None
            text = "".join(parts[n] for n in range(1, total + 1))
            del self._parts[event.destination_addr, reference]
        else:
            text = octets.decode(coding)
        message = PhoneMessage(address=event.destination_addr, text=text, message_id=message_id, at=datetime.now(UTC))
        self.received.append(message)
        if self.log is not None:
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"address": message.address, "text": message.text}) + "\n")
        return message

    async def _answer(self, event: Any, message_id: str, whole: PhoneMessage | None) -> None:
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        event.accept(message_id)
        await self._push(event, message_id, whole)

    async def _push(self, event: Any, message_id: str, whole: PhoneMessage | None) -> None:
        session = self._sessions.get(event.session_id)
        if session is None:
            return
        with contextlib.suppress(smpp34.SmppError):
            if self.receipts:
                stamp = datetime.now(UTC).strftime("%y%m%d%H%M")
                dates = f"submit date:{stamp} done date:{stamp}"
                text = f"id:{message_id} sub:001 dlvrd:001 {dates} stat:DELIVRD err:000 text:"
                await session.deliver_sm(
                    event.source_addr, text.encode(), source_addr=event.destination_addr, esm_class=4,
                    tlvs=[smpp34.Tlv(0x001E, message_id.encode() + b"\0"), smpp34.Tlv(0x0427, b"\x02")],
                )  # fmt: skip
            answer = self.answer(whole) if whole else None
            if answer is not None:
                await session.deliver_sm(
                    event.source_addr, answer.encode("utf-16-be"), source_addr=event.destination_addr, data_coding=8
                )


async def _run(port: int, log: Path, delay_s: float, receipts: bool) -> None:
    centre = Smsc(port=port, receipts=receipts, delay_s=delay_s, log=log)
    await centre.start()
    print(f"smsc 127.0.0.1:{port}", flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await centre.stop()


def main(arguments: list[str] | None = None) -> None:
    """Run an SMS centre until SIGTERM; each text that a phone got is a line of JSON in the log."""
    parser = argparse.ArgumentParser(prog="python -m firmware_sim.smsc", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--delay-ms", type=float, default=0.0, help="how long each submit takes")
    parser.add_argument("--no-receipts", action="store_true")
    chosen = parser.parse_args(arguments)
    asyncio.run(_run(chosen.port, chosen.log, chosen.delay_ms / 1000, not chosen.no_receipts))


if __name__ == "__main__":
    main()
