"""A demo as a user starts it: the real command in its own process, watched from outside."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

ROOT = Path(__file__).parents[2]


def alive(family: list[psutil.Process]) -> list[psutil.Process]:
    """Which of these processes still run; one that only waits to be reaped by init does not."""
    found = []
    for process in family:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def left_after(family: list[psutil.Process], limit_s: float) -> list[psutil.Process]:
    """Wait until all have ended; return those that have not within the limit."""
    deadline = time.monotonic() + limit_s
    while (left := alive(family)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@dataclass(kw_only=True)
class DemoProcess:
    """``huangyu demo`` on a data folder; what it prints is in `said`."""

    data: Path
    process: subprocess.Popen[bytes]
    output: Path
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, data: Path, *options: str) -> "DemoProcess":
        data.parent.mkdir(parents=True, exist_ok=True)
        output = data.parent / f"{data.name}.out"
        with socket.socket() as probe:  # two demos that start at once would both take the usual port
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "services.cli.main", "demo", "--data", str(data), "--port", str(port), *options],
                stdout=file, stderr=file, stdin=subprocess.DEVNULL, cwd=ROOT,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )  # fmt: skip
        return cls(data=data, process=process, output=output)

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def until(self, condition: Callable[[], Any], limit_s: float = 90.0) -> float:
        """Wait until the condition is true; return seconds since the start of this demo."""
        deadline = time.monotonic() + limit_s
        while not condition():
            assert self.process.poll() is None, f"the demo ended: {self.said}"
            assert time.monotonic() < deadline, f"did not happen within {limit_s} s: {self.said}"
            time.sleep(0.1)
        return time.monotonic() - self.started

    def until_ready(self) -> float:
        return self.until(lambda: "Ctrl-C" in self.said, 150)

    @property
    def address(self) -> str:
        return re.search(r"http://127\.0\.0\.1:\d+/", self.said).group(0)  # type: ignore[union-attr]

    def password(self, login: str) -> str:
        return re.search(rf"^ +{login} +(\S+)", self.said, re.MULTILINE).group(1)  # type: ignore[union-attr]

    def states(self) -> dict[str, dict[str, Any]]:
        return {row["name"]: row for row in json.loads((self.data / "run" / "status.json").read_text())}

    def pid(self, name: str) -> int:
        return int(self.states()[name]["pid"])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        dsn = json.loads((self.data / "run" / "dsn.json").read_text())["huangyu_admin"]
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            return connection.execute(query.encode()).fetchall()

    def family(self) -> list[psutil.Process]:
        """Every process that this demo started, grandchildren included."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def interrupt(self, limit_s: float = 60.0) -> int:
        """Do what Ctrl-C does and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(limit_s)

    def end(self) -> None:
        """End it, whatever state it is in."""
        if self.process.poll() is None:
            family = self.family()
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            left_after(family, 20)
