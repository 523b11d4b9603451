"""Carries out commands from shore: judged by `gateway.commands`, noted in the spool, written, read back, answered."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core import topics
from core.errors import DecodeError
from core.reading import ClockState
from gateway import commands
from gateway.buses import BusRunner
from gateway.clock import Clock
from gateway.config import GatewayConfig
from gateway.spool import Spool
from gateway.spooler import Spooler

_log = logging.getLogger(__name__)
Say = Callable[[str, Mapping[str, Any]], None]
Reply = Callable[[str, bytes], None]


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
        self._works: set[asyncio.Task[None]] = set()

    async def heard(self, topic: str, payload: bytes) -> None:
        """Carry out one command from shore, or say why not; a write on a slow bus does not hold the uplink up."""
        command_id = topic.rsplit("/", 1)[-1]
        try:
            command = commands.parse(command_id, payload)
        except DecodeError as exc:
            _log.warning("command not understood", extra={"reason": str(exc)})
            return
        work = asyncio.create_task(self._carry_out(command), name=f"command {command.id}")
        self._works.add(work)
        work.add_done_callback(self._works.discard)

    async def _carry_out(self, command: commands.Command) -> None:
        now_s = self._clock.now_s()
        refused = commands.refusal(
            command, self._config.command, now_s=now_s, clock_known=self._clock.state is not ClockState.UNSYNCED,
            last_s=self._last_s.get(command.name),
        )  # fmt: skip
        if refused is not None:
            self._answer(command, *refused)
            return
        before = await self._spooler.call(self._spool.begin_command, command.id, round(now_s * 1000))
        if before is not None:
            seen = "unknown" if before == "started" else before
            self._answer(command, seen, "it was received before and is not carried out twice")
            return
        self._last_s[command.name] = now_s
        state, reason = await self._write(command)
        await self._spooler.call(self._spool.end_command, command.id, state)
        self._answer(command, state, reason)

    async def _write(self, command: commands.Command) -> tuple[str, str]:
        rule = next(row for row in self._config.command if row.name == command.name)
        unit = next(row for row in self._config.unit if row.name == rule.unit)
        runner = next(row for row in self._buses if row.bus.name == unit.bus)
        return await runner.write(unit, 5 if rule.kind == "coil" else 6, rule.address, command.value)

    def _answer(self, command: commands.Command, state: str, reason: str) -> None:
        answer = commands.Answer(command=command, state=state, reason=reason, at_s=self._clock.now_s())
        _log.info("command", extra=answer.record())
        self._say("command", answer.record())
        self._reply(topics.command_result(self._config.gateway.id, command.id), answer.payload())
