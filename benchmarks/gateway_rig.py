"""Real processes for the gateway's benchmarks: PostgreSQL, broker, ingest, gateway, a TCP proxy and a namespace."""

import asyncio
import contextlib
import json
import os
import platform
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.fixtures.broker import amqtt_process, free_port, mosquitto_process, wait_for_port  # noqa: E402

HUANGYU = str(Path(sys.executable).parent / "huangyu")
AUDIT = """
create table if not exists audit (seq integer primary key, stream text, name text, t_ms integer, value real,
    body text);
create trigger if not exists audit_reading after insert on reading begin
    insert into audit values (new.seq, 'reading', (select name from series where id = new.series), new.t_ms, new.value,
        null);
end;
create trigger if not exists audit_moved after update of t_ms on reading begin
    update audit set t_ms = new.t_ms where seq = new.seq;
end;
create trigger if not exists audit_nmea after insert on nmea begin
    insert into audit values (new.seq, 'nmea', new.name, new.t_ms, null, new.body);
end;
"""
"""Written by triggers inside the very transaction that accepts a row: the record of what was accepted."""


def machine() -> str:
    memory_mb = psutil.virtual_memory().total >> 20
    return f"{platform.machine()}, {os.cpu_count()} cpu, {memory_mb} MB, Python {platform.python_version()}"


def load() -> float:
    return round(os.getloadavg()[0], 2)


@dataclass
class Part:
    """One process that can be killed and started again."""

    name: str
    command: list[str]
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = (self.folder / f"{self.name}.log").open("ab")
        self.process = subprocess.Popen(
            self.command, stdout=log, stderr=log, env=os.environ | self.env, cwd=self.folder
        )
        log.close()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end(self, number: int, limit_s: float = 30.0) -> None:
        if self.alive() and self.process is not None:
            self.process.send_signal(number)
            self.process.wait(limit_s)

    def pid(self) -> int:
        """Return the Python process itself, inside of a namespace wrapper."""
        if self.process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self.process.pid


class Proxy:
    """A TCP relay in front of the broker: passes, refuses, or swallows everything (half open)."""

    def __init__(self, target: int) -> None:
        self.target, self.mode = target, "pass"
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, host: str) -> asyncio.Server:
        return await asyncio.start_server(self._client, host, 0)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        if self.mode == "refuse":
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers.append(far_writer)
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                while self.mode == "swallow":
                    await asyncio.sleep(0.05)
                writer.write(data)
                await writer.drain()
        writer.close()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()


@dataclass
class Namespace:
    """A network namespace for the gateway, joined by a pair of virtual cables; names and addresses of this process."""

    name: str
    host: str
    guest: str
    cable: str

    @classmethod
    def made(cls) -> "Namespace | None":
        """Return a namespace, None (said on stderr) where this user may not make one."""
        pid = os.getpid()
        net = f"10.213.{pid % 250}."
        found = cls(name=f"hy{pid}", host=f"{net}1", guest=f"{net}2", cable=f"hy{pid}c")
        if os.geteuid() == 0 and found.make():
            return found
        print("no network namespaces here: the proxy stands for the partition", file=sys.stderr, flush=True)
        return None

    def make(self) -> bool:
        steps = [
            ["ip", "netns", "add", self.name],
            ["ip", "link", "add", self.cable, "type", "veth", "peer", "name", f"{self.cable}p", "netns", self.name],
            ["ip", "addr", "add", f"{self.host}/30", "dev", self.cable],
            ["ip", "link", "set", self.cable, "up"],
            ["ip", "netns", "exec", self.name, "ip", "addr", "add", f"{self.guest}/30", "dev", f"{self.cable}p"],
            ["ip", "netns", "exec", self.name, "ip", "link", "set", f"{self.cable}p", "up"],
            ["ip", "netns", "exec", self.name, "ip", "link", "set", "lo", "up"],
        ]
        try:
            for step in steps:
                subprocess.run(step, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            self.remove()
            return False
        return True

    def plug(self, state: str) -> None:
        subprocess.run(["ip", "link", "set", self.cable, state], check=True, capture_output=True)

    def remove(self) -> None:
        for command in (["ip", "link", "del", self.cable], ["ip", "netns", "del", self.name]):
            with contextlib.suppress(OSError):
                subprocess.run(command, check=False, capture_output=True)


@dataclass
class Rig:
    """The four processes and where they are."""

    folder: Path
    parts: dict[str, Part]
    proxy: Proxy
    host: str
    proxy_port: int
    dsn: dict[str, str]
    namespace: Namespace | None
    spool: Path
    broker_port: int

    def restart(self, name: str) -> None:
        self.parts[name].start()

    def kill_database(self) -> None:
        """SIGKILL the server itself; the process around it then ends by its own."""
        part = self.parts["database"]
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(part.pid()).children():
                child.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            part.end(signal.SIGTERM, 20)


def wait_until(holds: object, what: str, limit_s: float = 90.0) -> None:
    deadline = time.monotonic() + limit_s
    while not holds():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen in {limit_s:g} s")
        time.sleep(0.05)


def prepare_spool(path: Path) -> None:
    """Make the spool with the audit beside it, by the gateway's own code."""
    program = (
        "import sys, time; from pathlib import Path; "
        "from gateway.spool import Spool; from gateway.clock import boot_id; "
        "Spool(Path(sys.argv[1]), boot=boot_id(), now_s=time.time(), ballast_bytes=0).close()"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True, cwd=ROOT)
    db = sqlite3.connect(path)
    db.executescript(AUDIT)
    db.close()


@asynccontextmanager
async def rig(
    folder: Path, *, broker: str, gateway_toml: object, net: Namespace | None, env: dict[str, str]
) -> AsyncIterator[Rig]:
    """Bring everything up; `gateway_toml(host, port)` gives the config text for the broker's address."""
    folder.chmod(0o755)
    host = net.host if net else "127.0.0.1"
    broker_folder = folder / "broker"
    broker_folder.mkdir()
    made = (amqtt_process if broker == "amqtt" else mosquitto_process)(broker_folder, free_port())
    proxy = Proxy(made.port)
    server = await proxy.serve(host)
    port = int(server.sockets[0].getsockname()[1])
    config, spool = folder / "gateway.toml", folder / "spool" / "spool.sqlite"
    spool.parent.mkdir(exist_ok=True)
    dsn_file, shore = folder / "dsn.json", folder / "shore.toml"
    wrap = ["ip", "netns", "exec", net.name] if net else []
    parts = {
        "database": Part(
            "database",
            [sys.executable, "-m", "services.database_process", "--home", str(folder / "pg"),
             "--port", str(free_port()), "--dsn-file", str(dsn_file)], ROOT,
        ),
        "broker": Part("broker", made.command, ROOT),
        "ingest": Part(
            "ingest", [HUANGYU, "ingest", "--config", str(shore)], folder, {"HUANGYU_MQTT_PASSWORD": made.password}
        ),
        "gateway": Part(
            "gateway", [*wrap, HUANGYU, "gateway", "run", "--config", str(config), "--spool", str(spool)], folder,
            {"HUANGYU_MQTT_PASSWORD": made.gateway_password} | env,
        ),
    }  # fmt: skip
    for part in parts.values():
        part.env = part.env | {
            "PYTHONPATH": os.pathsep.join([*([env["PYTHONPATH"]] if "PYTHONPATH" in part.env else []), str(ROOT)])
        }
    here = Rig(folder, parts, proxy, host, port, {}, net, spool, made.port)
    try:
        parts["database"].folder = folder
        parts["broker"].folder = folder
        parts["database"].start()
        parts["broker"].start()
        await asyncio.to_thread(wait_until, dsn_file.exists, "the database")
        here.dsn = json.loads(dsn_file.read_text())
        await asyncio.to_thread(wait_for_port, made.port)
        shore.write_text(f'[broker]\nport = {made.port}\nusername = "{made.username}"\n')
        parts["ingest"].env["HUANGYU_DSN"] = here.dsn.get("huangyu_ingest", next(iter(here.dsn.values())))
        config.write_text(gateway_toml(host, port))  # type: ignore[operator]
        prepare_spool(spool)
        parts["ingest"].start()
        parts["gateway"].start()
        yield here
    finally:
        for name in ("gateway", "ingest", "broker", "database"):
            with contextlib.suppress(subprocess.TimeoutExpired):
                parts[name].end(signal.SIGTERM)
            parts[name].end(signal.SIGKILL)
        server.close()
