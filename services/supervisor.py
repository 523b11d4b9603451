"""Runs the parts of the system as processes: starts in order, restarts what dies, stops in reverse.

No part outlives the supervisor (`services.lifeline`). What each part is doing stands in a small JSON file that
screens and ``huangyu status`` read.
"""

import asyncio
import json
import logging
import logging.handlers
import os
import random
import signal
import urllib.request
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from core.errors import StartError
from services.backoff import Backoff
from services.lifeline import die_with_parent

log = logging.getLogger(__name__)

STABLE_S = 60.0
"""A part that ran this long starts again with the shortest delay."""
LOG_BYTES = 2_000_000


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process of the system.

    Parameters
    ----------
    name
        Shown to people and used for the log file.
    command, env, cwd
        What to run; `env` is laid over the supervisor's own environment.
    ready
        Asked after the start until it says True: the part answers. None: ready at once.
    ready_line
        Text that the part prints in one piece when it is ready; waited for before `ready` is asked.
    ready_s
        How long the first start may take before it counts as failed. [s]
    death_signal
        What the kernel sends when the supervisor itself dies. Every part is safe to kill at any moment, and one that
        computes would hear a milder signal late.
    stop_signal, stop_s
        Signal that asks for a clean stop, and how long it may take before SIGKILL. [s]
    user
        Unprivileged user id and group id the process runs as; None keeps ours.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    ready: Callable[[], Awaitable[bool]] | None = None
    ready_line: str = ""
    ready_s: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    stop_s: float = 15.0
    user: tuple[int, int] | None = None


@dataclass(kw_only=True)
class PartState:
    """What `status.json` says of one part."""

    name: str
    state: str = "waiting"
    pid: int | None = None
    since: str = ""
    restarts: int = 0
    last_exit: str = ""


class Supervisor:
    """Keeps parts running until `stop` is called.

    Parameters
    ----------
    folder
        Holds ``run/status.json`` and ``log/<part>.log``.
    rng
        For the jitter of restarts.
    """

    def __init__(self, folder: Path, *, backoff: Backoff | None = None, rng: random.Random | None = None) -> None:
        self._folder = folder
        self._backoff = backoff or Backoff()
        self._rng = rng or random.Random()
        self._parts: list[Part] = []
        self._states: dict[str, PartState] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = False
        for sub in ("run", "log"):
            (folder / sub).mkdir(parents=True, exist_ok=True)

    @property
    def states(self) -> Sequence[PartState]:
        """Return what each part is doing, in the order of starting."""
        return [self._states[part.name] for part in self._parts]

    async def start(self, part: Part) -> None:
        """Start a part, wait until it is ready, and keep it running from then on.

        Raises
        ------
        StartError
            When the part ends or stays silent before it was ready for the first time; its last log lines are quoted.
        """
        self._parts.append(part)
        self._states[part.name] = PartState(name=part.name)
        first_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks[part.name] = asyncio.create_task(self._keep(part, first_ready), name=f"keep {part.name}")
        await first_ready

    async def stop(self) -> None:
        """Stop every part in reverse order of starting; parts that hang are killed."""
        self._stopping = True
        for part in reversed(self._parts):
            process = self._processes.get(part.name)
            if process is not None and process.returncode is None:
                await _end(process, part)
            task = self._tasks[part.name]
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._note(part, state="stopped", pid=None)

    async def _keep(self, part: Part, first_ready: asyncio.Future[None]) -> None:
        failures = 0
        while not self._stopping:
            began = asyncio.get_running_loop().time()
            try:
                exit_text = await self._run_once(part, first_ready)
            except OSError as exc:
                exit_text = f"cannot run {part.command[0]}: {exc}"
            if not first_ready.done():
                first_ready.set_exception(StartError(self._start_failure(part, exit_text)))
                self._note(part, state="failed", pid=None, last_exit=exit_text)
                return
            if self._stopping:
                return
            stable = asyncio.get_running_loop().time() - began > STABLE_S
            failures = 1 if stable else failures + 1
            delay_s = self._backoff.delay_s(failures, self._rng)
            state = self._states[part.name]
            self._note(part, state="restarting", pid=None, last_exit=exit_text, restarts=state.restarts + 1)
            log.warning("part ended, restarting", extra={"part": part.name, "exit": exit_text, "delay_s": delay_s})
            await asyncio.sleep(delay_s)

    async def _run_once(self, part: Part, first_ready: asyncio.Future[None]) -> str:
        process = await self._spawn(part)
        self._processes[part.name] = process
        self._note(part, state="starting", pid=process.pid)
        said_ready = asyncio.Event()
        pump = asyncio.create_task(_pump_log(process, self._log_path(part), part.ready_line, said_ready))
        try:
            ready = asyncio.create_task(_until_ready(part, said_ready))
            ended = asyncio.create_task(process.wait())
            await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done() and ready.result():
                self._note(part, state="running", pid=process.pid)
                if not first_ready.done():
                    first_ready.set_result(None)
            elif not ended.done():
                await _end(process, part)
            ready.cancel()
            await ended
        finally:
            await asyncio.gather(pump, return_exceptions=True)
        return _exit_text(process.returncode)

    async def _spawn(self, part: Part) -> asyncio.subprocess.Process:
        identity = {} if part.user is None else {"user": part.user[0], "group": part.user[1], "extra_groups": ()}
        return await asyncio.create_subprocess_exec(
            *part.command,
            env={**os.environ, **part.env, "HUANGYU_STATUS_FILE": str(self._status_path)},
            cwd=part.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(part.death_signal),
            **identity,  # type: ignore[arg-type]
        )

    def _start_failure(self, part: Part, exit_text: str) -> str:
        tail = _tail(self._log_path(part))
        said = f" It said: {tail}" if tail else ""
        return f"{part.name} 启动失败。{part.name} did not start ({exit_text}).{said} Log: {self._log_path(part)}"

    @property
    def _status_path(self) -> Path:
        return self._folder / "run" / "status.json"

    def _log_path(self, part: Part) -> Path:
        return self._folder / "log" / f"{part.name}.log"

    def _note(self, part: Part, **changes: object) -> None:
        state = self._states[part.name]
        for name, value in changes.items():
            setattr(state, name, value)
        state.since = datetime.now(UTC).isoformat(timespec="seconds")
        temporary = self._status_path.with_suffix(".tmp")
        temporary.write_text(json.dumps([asdict(s) for s in self._states.values()], ensure_ascii=False))
        temporary.replace(self._status_path)


async def _until_ready(part: Part, said_ready: asyncio.Event) -> bool:
    """Return True once the part answers, False when its time is over."""
    try:
        async with asyncio.timeout(part.ready_s):
            if part.ready_line:
                await said_ready.wait()
            while part.ready is not None and not await part.ready():  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False
    return True


async def _end(process: asyncio.subprocess.Process, part: Part) -> None:
    try:
        process.send_signal(part.stop_signal)
        await asyncio.wait_for(process.wait(), part.stop_s)
    except ProcessLookupError:
        return
    except TimeoutError:
        log.warning("part did not stop, killing it", extra={"part": part.name})
        process.kill()
        await process.wait()


async def _pump_log(
    process: asyncio.subprocess.Process, path: Path, ready_line: str, said_ready: asyncio.Event
) -> None:
    """Copy the part's output to a rotating file until it ends; note when it says that it is ready."""
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8")
    assert process.stdout is not None
    try:
        while chunk := await process.stdout.read(65536):
            text = chunk.decode("utf-8", "replace").rstrip("\n")
            if ready_line and ready_line in text:
                said_ready.set()
            handler.emit(logging.LogRecord(path.stem, logging.INFO, "", 0, text, None, None))
    finally:
        handler.close()


def _exit_text(returncode: int | None) -> str:
    if returncode is not None and returncode < 0:
        try:
            return f"killed by {signal.Signals(-returncode).name}"
        except ValueError:
            return f"killed by signal {-returncode}"
    return f"exit code {returncode}"


def _tail(path: Path, characters: int = 600) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[-characters:].strip()
    except OSError:
        return ""


def http_ready(url: str) -> Callable[[], Awaitable[bool]]:
    """Return a readiness test: a GET there gives status 200."""

    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http address
                return bool(answer.status == 200)
        except OSError:
            return False

    async def ready() -> bool:
        return await asyncio.to_thread(ask)

    return ready
