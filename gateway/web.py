"""Metrics and health on the loopback interface, in plain HTTP/1.1: ``/metrics`` (Prometheus text) and ``/healthz``."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping

from core.errors import StartError
from core.listening import listening

HOST = "127.0.0.1"
REQUEST_LIMIT_S = 5.0

Metrics = Mapping[str, tuple[str, str, list[tuple[Mapping[str, str], float]]]]
"""Name -> (kind, help, samples of labels and value)."""


def metrics_text(values: Metrics) -> str:
    """Return Prometheus exposition text."""
    lines = []
    for name, (kind, help_text, samples) in values.items():
        lines += [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]
        for labels, value in samples:
            inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            lines.append(f"{name}{{{inner}}} {value:g}" if inner else f"{name} {value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class Web:
    """The little server. `health` returns (well, details)."""

    def __init__(
        self,
        metrics: Callable[[], Metrics],
        health: Callable[[], tuple[bool, Mapping[str, object]]],
    ) -> None:
        self._metrics, self._health = metrics, health
        self.port: int | None = None

    async def run(self, port: int) -> None:
        """Serve until cancelled; StartError when the port is taken."""
        try:
            async with listening(self._client, HOST, port) as self.port:
                await asyncio.Event().wait()
        except OSError as exc:
            raise StartError(f"[http] port {port}: cannot listen ({exc}); choose another port or 0.") from exc

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(REQUEST_LIMIT_S):
                head = await reader.readuntil(b"\r\n\r\n")
            parts = head.split(b" ", 2)
            status, kind, body = self._answer(parts[0], parts[1] if len(parts) > 2 else b"")
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
                f"Connection: close\r\nCache-Control: no-store\r\n\r\n".encode()
                + body
            )
            await writer.drain()

    def _answer(self, method: bytes, path: bytes) -> tuple[str, str, bytes]:
        if method != b"GET":
            return "405 Method Not Allowed", "text/plain", b"GET only\n"
        if path == b"/metrics":
            return "200 OK", "text/plain; version=0.0.4", metrics_text(self._metrics()).encode()
        if path == b"/healthz":
            well, details = self._health()
            return ("200 OK" if well else "503 Service Unavailable"), "application/json", json.dumps(details).encode()
        return "404 Not Found", "text/plain", b"/metrics or /healthz\n"
