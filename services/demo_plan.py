"""What the demo is made of: folder, ports, secrets and the list of parts; decided before anything starts."""

import fcntl
import itertools
import json
import os
import random
import secrets
import shutil
import socket
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from core.errors import StartError

LEAST_FREE_BYTES = 800 * 1024 * 1024
"""Database with 30 days of history, write-ahead log and logs take about 400 MB."""
GATEWAY = "gw-dt01"
REPLAY_GATEWAY = "gw-replay"
"""Gateway id under which recordings may be replayed into a running demo."""


@dataclass(frozen=True, kw_only=True)
class DemoOptions:
    """What the user asked for; a port of None means a free one."""

    data: Path
    scenario: str = "hypoxia"
    seed: int = 1
    days: int = 30
    port: int | None = None
    host: str = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """TCP ports on loopback, kept over restarts so that bookmarks stay right."""

    database: int
    broker: int
    dashboard: int
    gateway: int
    simulator: int


@dataclass(frozen=True, kw_only=True)
class DemoPlan:
    """Everything decided; `anchor` is the instant of the scenario's hour 0."""

    options: DemoOptions
    ports: Ports
    anchor: datetime
    mqtt_password: str
    accounts_password: str
    first_start: bool

    @property
    def data(self) -> Path:
        """Return the folder that holds all of it."""
        return self.options.data

    def path(self, *parts: str) -> Path:
        """Return a path in the data folder."""
        return self.data.joinpath(*parts)


def take_folder(data: Path) -> IO[str]:
    """Return the held lock of a usable data folder; StartError says what to change."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        (data / "run").mkdir(mode=0o700, exist_ok=True)
        lock = (data / "run" / "demo.lock").open("a")
    except OSError as exc:
        raise StartError(
            f"数据目录 {data} 不能写入（{exc.strerror}）。The data folder {data} cannot be written: "
            "choose another with --data DIR."
        ) from exc
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        lock.close()
        raise StartError(
            f"{data} 正被另一个 huangyu 使用。{data} is in use by another huangyu: stop that one first, "
            "or choose another --data DIR."
        ) from exc
    free = shutil.disk_usage(data).free
    if free < LEAST_FREE_BYTES:
        lock.close()
        raise StartError(
            f"磁盘空间不足：只剩 {free // 2**20} MB，需要 {LEAST_FREE_BYTES // 2**20} MB。Not enough disk: "
            f"{free // 2**20} MB free in {data}, {LEAST_FREE_BYTES // 2**20} MB needed. Free some or choose --data DIR."
        )
    return lock


def make_plan(options: DemoOptions, *, now: datetime | None = None) -> DemoPlan:
    """Return the plan for this start: what an earlier start chose stays where it still fits."""
    kept = _read_json(options.data / "run" / "plan.json")
    same_sea = kept.get("scenario") == options.scenario and kept.get("seed") == options.seed
    anchor = datetime.fromisoformat(kept["anchor"]) if same_sea else (now or datetime.now(UTC)).replace(microsecond=0)
    plan = DemoPlan(
        options=options,
        ports=_choose_ports(options, kept.get("ports", {})),
        anchor=anchor,
        mqtt_password=kept.get("mqtt_password") or secrets.token_urlsafe(18),
        accounts_password=kept.get("accounts_password") or _readable_password(),
        first_start=not kept,
    )
    _keep(plan)
    return plan


def _read_json(path: Path) -> dict:  # type: ignore[type-arg]
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _keep(plan: DemoPlan) -> None:
    kept = {
        "scenario": plan.options.scenario,
        "seed": plan.options.seed,
        "anchor": plan.anchor.isoformat(),
        "ports": asdict(plan.ports),
        "mqtt_password": plan.mqtt_password,
        "accounts_password": plan.accounts_password,
    }
    path = plan.path("run", "plan.json")
    scratch = path.with_suffix(".new")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(kept, file)
        file.flush()
        os.fsync(file.fileno())
    scratch.rename(path)


def _readable_password() -> str:
    """Return a password that a person can type from a screen: no 0/O, 1/l."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))


def _choose_ports(options: DemoOptions, kept: dict) -> Ports:  # type: ignore[type-arg]
    taken: set[int] = set()

    def choose(name: str, preferred: int | None = None) -> int:
        for port in (kept.get(name), preferred):
            if isinstance(port, int) and port not in taken and port_is_free(options.host, port):
                taken.add(port)
                return port
        port = free_port(options.host, taken)
        taken.add(port)
        return port

    if options.port is not None:
        if not port_is_free(options.host, options.port):
            raise StartError(
                f"端口 {options.port} 已被占用。Port {options.port} is in use: choose another with --port, "
                "or leave it out for a free one."
            )
        taken.add(options.port)
    dashboard = options.port if options.port is not None else choose("dashboard", 8501)
    return Ports(
        dashboard=dashboard,
        database=choose("database"),
        broker=choose("broker"),
        gateway=choose("gateway"),
        simulator=_free_run(options.host, kept.get("simulator"), taken),
    )


SIMULATOR_PORTS = 16
"""Ports in a row that the simulator's buses, receivers and control channel take."""


def _free_run(host: str, kept: object, taken: set[int]) -> int:
    """Return the first port of a free run for the simulator, the earlier one where it is still free."""
    candidates: list[int] = [kept] if isinstance(kept, int) else []
    bases = list(range(20_100, 32_000, 97))
    random.shuffle(bases)  # two demos that start at once must not look at the same ports
    for base in itertools.chain(candidates, bases):
        run = range(base, base + SIMULATOR_PORTS)
        if not taken.intersection(run) and all(port_is_free(host, port) for port in run):
            return base
    raise StartError(
        "20100 到 32000 之间没有连续空闲端口。No free run of ports between 20100 and 32000: stop other servers."
    )


def port_is_free(host: str, port: int) -> bool:
    """Return whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str, taken: set[int]) -> int:
    """Return a free port that is not in `taken`."""
    while True:
        with socket.socket() as probe:
            probe.bind((host, 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def console_script() -> tuple[str, ...]:
    """Return the command that runs ``huangyu`` with this very Python."""
    return (sys.executable, "-m", "services.cli.main")
