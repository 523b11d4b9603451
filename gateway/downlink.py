"""Carries out commands from shore: judged by `gateway.commands`, noted in the spool, written, read back, answered."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core import topics
from core.errors import DecodeError
from core.reading import ClockState
from core.tasks import end_tasks
from gateway import commands
from gateway.buses import BusRunner
from gateway.clock import Clock
from gateway.config import GatewayConfig
from gateway.spool import Spool, SpoolFullError
from gateway.spooler import Spooler

_log = logging.getLogger(__name__)
Say = Callable[[str, Mapping[str, Any]], None]
Reply = Callable[[str, bytes], None]
LAST_WRITE_S = 5.0
"""How long a stopping gateway waits for a write on its way. [s]"""


class Downlink:
    """Every command once, each with an answer.

    Parameters
    ----------
    say
        Puts a record on the health stream, for the audit on shore.
    reply
        Publishes an answer (topic, payload).
    """

    def __init__(
        self, config: GatewayConfig, spool: Spool, spooler: Spooler, clock: Clock, buses: Sequence[BusRunner],
        *, say: Say, reply: Reply,
    ) -> None:  # fmt: skip
        self._config, self._spool, self._spooler, self._clock, self._buses = config, spool, spooler, clock, buses
        self._say, self._reply = say, reply
        self._last_s: dict[str, float] = {}
        self._works: dict[str, asyncio.Task[None]] = {}
        self._judging = asyncio.Lock()
        self._ending = False

    async def heard(self, topic: str, payload: bytes) -> None:
        """Carry out one command from shore, or say why not; a write on a slow bus does not hold the uplink up."""
        command_id = topic.rsplit("/", 1)[-1]
        try:
            command = commands.parse(command_id, payload)
        except DecodeError as exc:
            self._misunderstood(command_id, str(exc))
            return
        if command.id in self._works:
            return  # a second delivery of what is being done: its answer comes
        if self._ending:
            self._answer(command, "refused", "the gateway is stopping; ask again with a new id")
            return
        work = asyncio.create_task(self._carry_out(command), name=f"command {command.id}")
        self._works[command.id] = work
        work.add_done_callback(lambda _: self._works.pop(command.id, None))

    def _misunderstood(self, command_id: str, reason: str) -> None:
        """Refuse what is no command; one whose id cannot stand in a topic has nobody to answer to."""
        _log.warning("command not understood", extra={"reason": reason})
        if commands.is_id(command_id):
            record = {"id": command_id, "state": "refused", "reason": reason, "at": round(self._clock.now_s(), 3)}
            self._say("command", record)
            self._reply(topics.command_result(self._config.gateway.id, command_id), json.dumps(record).encode())

    async def end(self) -> None:
        """Let what is being written be answered, then stop: nothing speaks on a line after its gateway."""
        self._ending = True
        if self._works:
            await asyncio.wait(self._works.values(), timeout=LAST_WRITE_S)
        await end_tasks(list(self._works.values()))

    async def _carry_out(self, command: commands.Command) -> None:
        async with self._judging:
            answer = await self._judge(command)
        if answer is not None:
            self._answer(command, *answer)
            return
        state, reason = await self._write(command)
        await self._spooler.call(self._spool.end_command, command.id, state)
        self._answer(command, state, reason)

    async def _judge(self, command: commands.Command) -> tuple[str, str] | None:
        """Return the answer to a command that must not be carried out; None once it is noted and may be."""
        seen = await self._spooler.call(self._spool.command_state, command.id)
        if seen is not None:
            return "unknown" if seen == "started" else seen, "it was received before and is not carried out twice"
        now_s = self._clock.now_s()
        refused = commands.refusal(
            command, self._config.command, now_s=now_s, clock_known=self._clock.state is not ClockState.UNSYNCED,
            last_s=self._last_s.get(command.name),
        )  # fmt: skip
        if refused is not None:
            return refused
        try:
            await self._spooler.call(self._spool.begin_command, command.id, round(now_s * 1000))
        except SpoolFullError as exc:
            return "refused", str(exc)
        self._last_s[command.name] = now_s
        return None

    async def _write(self, command: commands.Command) -> tuple[str, str]:
        rule = next(row for row in self._config.command if row.name == command.name)
        unit = next(row for row in self._config.unit if row.name == rule.unit)
        runner = next(row for row in self._buses if row.bus.name == unit.bus)
        left_s = commands.valid_until_s(command, rule) - self._clock.now_s()
        return await runner.write(
            unit, 5 if rule.kind == "coil" else 6, rule.address, command.value,
            not_after_s=asyncio.get_running_loop().time() + left_s,
        )  # fmt: skip

    def _answer(self, command: commands.Command, state: str, reason: str) -> None:
        answer = commands.Answer(command=command, state=state, reason=reason, at_s=self._clock.now_s())
        _log.info("command answered", extra={"answer": answer.record()})
        self._say("command", answer.record())
        self._reply(topics.command_result(self._config.gateway.id, command.id), answer.payload())
